"""Every way to be wrong, one line a mistake: what is said, where, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import matdiff as md
from matdiff.errors import (
    ArgumentTypeError,
    DeclarationError,
    EvaluationError,
    MatdiffError,
    ParseError,
    ShapeError,
    UnsupportedError,
)

D = "X: matrix(m, n); W: matrix(k, h); S: matrix(n, n); x: vector(n); y: vector(m); a: scalar; sigma: function\n"
"""Declarations that stand before the sources beginning with ``D``."""

# The place is marked in the source: «first», and ‹second› where two places conflict.
MISTAKES: list[tuple[str, type[MatdiffError], str, str]] = [
    # sizes that do not fit, for every operator
    (D + "‹X›*«W»", ShapeError, "X is m×n, W is k×h", "X*W needs n = k"),
    (D + "‹X›@«W»", ShapeError, "X is m×n, W is k×h", "X@W needs n = k"),
    (D + "‹X› · «W»", ShapeError, "X is m×n, W is k×h", "X·W needs n = k"),
    (D + "‹X› + «W»", ShapeError, "X is m×n, W is k×h", "X + W needs equal sizes"),
    (D + "‹X› - «W»", ShapeError, "X is m×n, W is k×h", "X - W needs equal sizes"),
    (D + "‹X› .* «W»", ShapeError, "X is m×n, W is k×h", "X .* W needs equal sizes"),
    (D + "‹X› ⊙ «W»", ShapeError, "X is m×n, W is k×h", "X ⊙ W needs equal sizes"),
    (D + "‹X› ./ «W»", ShapeError, "X is m×n, W is k×h", "X ./ W needs equal sizes"),
    (D + "‹X› .^ «W»", ShapeError, "X is m×n, W is k×h", "X .^ W needs equal sizes"),
    (D + "‹X› >= «W»", ShapeError, "X is m×n, W is k×h", "X >= W needs equal sizes"),
    (D + "‹X› == «W»", ShapeError, "X is m×n, W is k×h", "X == W needs equal sizes"),
    (D + "1(‹X› < «W»)", ShapeError, "X is m×n, W is k×h", "X < W needs equal sizes"),
    (D + "‹X›*«X»", ShapeError, "X is m×n, X is m×n: X*X needs n = m", "transpose one: X*X'"),
    (D + "‹x›*«y»", ShapeError, "x is n×1, y is m×1: x*y needs 1 = m", "x'*y is a scalar"),
    (D + "‹y›*«X»", ShapeError, "y*X needs 1 = m", "y'*X would fit"),
    (D + "‹X›*«x'»", ShapeError, "x' is 1×n: X*x' needs n = 1", "X*x would fit"),
    (D + "‹S›*«X»", ShapeError, "S*X needs n = m", "S*X' would fit"),
    (D + "‹X› + «X'»", ShapeError, "X is m×n, X' is n×m", "X would fit"),
    (D + "‹2*X*a›*«W»", ShapeError, "W is k×h", "needs n = k"),
    (D + "tr((‹X›*«W»)')", ShapeError, "X is m×n, W is k×h", "X*W needs n = k"),
    (D + "h = ‹X›*«W»", ShapeError, "X is m×n, W is k×h", "X*W needs n = k"),
    (D + "norm2(‹(X*x)› - «x»)^2", ShapeError, "(X*x) is m×1, x is n×1", "needs equal sizes"),
    (D + "‹X*x›*«y»", ShapeError, "X*x is m×1", "(X*x)'*y is a scalar"),
    (D + "‹ones(m)›*«X»", ShapeError, "ones(m) is m×1", "ones(m)'*X would fit"),
    (D + "‹eye(3)›*«X»", ShapeError, "eye(3) is 3×3", "needs 3 = m"),
    (D + "‹vec(X)› + «X»", ShapeError, "vec(X) is m*n×1, X is m×n", "needs equal sizes"),
    (D + "X/«W»", ShapeError, "W is k×h: / needs a scalar below", "write X ./ W"),
    (
        D + "X/«S»",
        ShapeError,
        "S is n×n: / needs a scalar below",
        "write X ./ S for the element-wise quotient, or *inv(S)",
    ),
    (D + "1/«S»", ShapeError, "S is n×n", "or inv(S)"),
    (D + "x/«x»", ShapeError, "x is n×1: / needs a scalar below", "write x ./ x"),
    (
        "A/«B»",
        ShapeError,
        "B (undeclared, by its letter a matrix) is n1×n2",
        "./ B for the element-wise quotient, or *inv(B)",
    ),
    ("‹x_i›*«y_i»", ShapeError, "y_i (undeclared, by its letter a vector)", "x_i'*y_i is a scalar, x_i .* y_i"),
    # the place where an inferred size was decided
    (
        "x: vector(3); y: vector(4)\nf = ‹A*x›\ng = A*«y»",
        ShapeError,
        "A (undeclared, by its letter a matrix) is n1×3",
        "needs 3 = 4",
    ),
    # powers
    (D + "«X^2»", ShapeError, "X is m×n: a matrix power needs a square matrix", "write .^"),
    (D + "«x^2»", ShapeError, "x is n×1: a matrix power needs a square matrix", "write .^"),
    (D + "«X^-1»", ShapeError, "X is m×n: inv needs a square matrix", "pinv"),
    (D + "S^«1000000000»", UnsupportedError, "matrix powers are supported up to", "64"),
    (D + "S^«S»", ShapeError, "the exponent S is n×n", ".^ is the element-wise power"),
    (D + "2^«x»", ShapeError, "the exponent x is n×1", ".^ is the element-wise power"),
    ("e^«x»", ShapeError, "the exponent x", "the exponential is exp(x)"),
    # functions of matrices
    (D + "«inv(X)»", ShapeError, "X is m×n: inv needs a square matrix", "pinv is the pseudoinverse"),
    (D + "«det(X)»", ShapeError, "X is m×n: det needs a square matrix", "det(X'*X)"),
    (D + "«logdet(X)»", ShapeError, "X is m×n: logdet needs a square matrix", "logdet(X'*X)"),
    (D + "«tr(X)»", ShapeError, "X is m×n: tr needs a square matrix", "sum adds all the entries"),
    (D + "«trace(X)»", ShapeError, "X is m×n: trace needs a square matrix", "sum adds all the entries"),
    (D + "«diag(X)»", ShapeError, "X is m×n: diag needs", "a column or a square matrix"),
    (D + "«inner(X, W)»", ShapeError, "X is m×n, W is k×h", "inner needs A m×n and B m×n"),
    (D + "«outer(X, W)»", ShapeError, "X is m×n, W is k×h", "outer needs x m×1 and y n×1"),
    (D + "«maximum(X, W)»", ShapeError, "X is m×n, W is k×h", "maximum needs equal sizes"),
    (D + "«unvec(X, m, n)»", ShapeError, "X is m×n", "unvec needs m*n×1"),
    ("«eye(2, 3)»", ShapeError, "eye is square", "eye(n)"),
    ("f(z) := tr(z)\n«f(x)»", ShapeError, "f cannot be applied", "to each entry"),
    # how many arguments, and which
    ("«tr()»", ParseError, "tr takes 1 argument, not 0", ""),
    ("«tr(X, Y)»", ParseError, "tr takes 1 argument, not 2", ""),
    ("«exp(x, y)»", ParseError, "exp takes 1 argument, not 2", ""),
    ("«norm2(x, 2)»", ParseError, "norm2 takes 1 argument, not 2", "norm1 and norm2 are functions of their own"),
    ("«sum(X, 1)»", ParseError, "sum takes 1 argument, not 2", "axis=0 or axis=1"),
    ("«max(x, x, x)»", ParseError, "max takes 1 or 2 arguments, not 3", ""),
    ("«kron(A, B, C)»", ParseError, "kron takes 2 arguments, not 3", "kron(A, kron(B, C))"),
    ("«log(x, 2)»", ParseError, "log takes 1 argument, not 2", "log(x)/log(b)"),
    ("«ones()»", ParseError, "ones takes 1 or 2 sizes, not 0", ""),
    ("«commutation(3)»", ParseError, "commutation takes 2 sizes, not 1", ""),
    ("«ind(x)»", ParseError, "ind takes one comparison", "ind(x > 0)"),
    ("«1(x)»", ParseError, "a mask and takes a comparison", "1(x > 0)"),
    ("sum(X, axis=«2»)", ParseError, "axis is 0 (down the columns) or 1", "sum(X)"),
    ("sum(X, «dim=1»)", ParseError, "sum takes no dim=", "axis=0 or axis=1"),
    ("sum(X, axis=0, «axis=1»)", ParseError, "sum takes one axis=", ""),
    ("«tr(X, axis=1)»", UnsupportedError, "tr does not take axis=", "sum, mean, prod, sort, max"),
    ("«vector(x)»", ParseError, "c is one scalar", "x: vector(n)"),
    # functions that there are not
    ("«trc(X)»", DeclarationError, "there is no function trc", "did you mean tr?"),
    ("«sigmiod(x)»", DeclarationError, "there is no function sigmiod", "did you mean sigmoid?"),
    ("«sigm(x)»", DeclarationError, "there is no function sigm", "did you mean sinm?"),
    ("«Exp(x)»", DeclarationError, "there is no function Exp", "did you mean exp?"),
    ("«foo(x)»", DeclarationError, "there is no function foo", "declare it if it is unknown (foo: function)"),
    ("«determinant(X)»", DeclarationError, "there is no function determinant", "write det(X)"),
    ("«var(x)»", DeclarationError, "there is no function var", "write mean((x - mean(x)).^2)"),
    ("«argmax(x)»", DeclarationError, "there is no function argmax", "no derivative"),
    ("«svd(X)»", DeclarationError, "there is no function svd", "write U, s, V = svd(X)"),
    ("«cond(X)»", DeclarationError, "there is no function cond", "svdvals gives the singular values"),
    ("tr(«signm(X)»)", DeclarationError, "there is no function signm", "functions of a matrix are expm"),
    ("sum(log(«eig(X)»))", DeclarationError, "there is no function eig", "eigenvalues are those of a symmetric matrix"),
    ("‹x'*A›*x/«x'»*x", ShapeError, "x' is 1×", "put all that stands below in brackets, as in x'*A*x/(x'*x)"),
    ("«inv.»(X)", ParseError, "the dot takes a function entry by entry", "write inv(…)"),
    ("«max.»(X)", ParseError, "the dot takes a function entry by entry", "write max(…)"),
    ("«grad(x)»", DeclarationError, "there is no function grad", "derivatives are what matdiff derives"),
    ("«sigma'(x)»", DeclarationError, "the derivative of an unknown function", "declare sigma: function"),
    ("«besselj(a, x)»", UnsupportedError, "besselj is supported with a number first", "besselj(1, x)"),
    # no implicit multiplication, no indexing
    ("2«x»", ParseError, "no implicit multiplication", "write 2*x"),
    ("x «y»", ParseError, "no implicit multiplication", "write x*y, or x .* y entry by entry"),
    ("x'«y»", ParseError, "no implicit multiplication", "write x'*y"),
    ("A^T «B»", ParseError, "no implicit multiplication", "write A^T*B"),
    ("A^«TB»", DeclarationError, "TB is not declared", "x'*B"),
    ("(a + b)«(»c - d)", ParseError, "no implicit multiplication", "write (a + b)*(c - d)"),
    ("2«(»a + b)", ParseError, "no implicit multiplication", "write 2*(a + b)"),
    ("norm2(x)/2 «norm2»(y)", ParseError, "no implicit multiplication", "write 2*norm2(y)"),
    ("«a(b + c)»", ParseError, "a is not a function", "write a*(b + c)"),
    ("«X(1, 2)»", ParseError, "X is not a function", "there is no indexing"),
    ("«X[1, 2, 3]»", ShapeError, "X is n1×n2: it has no such entry", ""),
    ("«[1, 2]»", ParseError, "there are no lists", "declare X: matrix(2, 2)"),
    ("sum_i «x_i»", ParseError, "there is no indexing", "the sum over all entries is sum(…)"),
    ("sin «x»", ParseError, "sin is a function", "write sin(x)"),
    ("«exp» + x", DeclarationError, "exp is a function", "write exp(…)"),
    (D + "«sigma» + x", DeclarationError, "sigma is a function", "write sigma(…)"),
    (D + "«sigma(x, y)»", ParseError, "sigma takes 1 argument, not 2", ""),
    ("exp^2«(»x)", ParseError, "a power stands behind the argument", "write exp(x) .^ 2"),
    ("sin^-1«(»x)", ParseError, "a power stands behind the argument", "an inverse function has a name of its own"),
    # brackets, operators, operands
    ("«(»x + y‹ ›", ParseError, "this bracket ( is not closed", ""),
    ("sum«(»x‹ ›", ParseError, "this bracket ( is not closed", ""),
    ("(x)«)»", ParseError, "this bracket ) was never opened", ""),
    ("h = «(»x + y\n‹z› = h", ParseError, "this bracket ( is not closed", ""),
    ("(«)»", ParseError, "something is missing before this bracket", ""),
    ("x +« »", ParseError, "something is missing here", "ends too early"),
    ("b = a +« »  # and\nc ‹=› b", ParseError, "something is missing here", "goes on in the next"),
    ("h = x*« »", ParseError, "something is missing here", "ends too early"),
    ("«*» x", ParseError, "an operand is missing before *", ""),
    ("x + «*» y", ParseError, "an operand is missing before *", ""),
    ("sum(x,«)»", ParseError, "something is missing before this bracket", ""),
    ("sum(«,» x)", ParseError, "an argument is missing before this comma", ""),
    ("(x«,» y)", ParseError, "a comma stands only between the arguments", ""),
    ("x«,» y", ParseError, "a comma stands between arguments", "x, y: vector(n)"),
    ("sum(x«;» y)", ParseError, "a semicolon ends the statement inside a bracket", "separated by commas"),
    ("x == y «==» z", ParseError, "comparisons do not chain", "1(a < b) .* 1(b < c)"),
    ("0 < x «<» 1", ParseError, "comparisons do not chain", "1(a < b) .* 1(b < c)"),
    ("x «+=» 1", ParseError, "a name has one value", "b = a + 1"),
    ("x«++»", ParseError, "a name has one value", "b = a + 1"),
    ("x «!=» y", ParseError, "no sign for not equal", "1 - 1(x == y)"),
    ("x «=<» y", ParseError, "cannot read =<", "write <="),
    ("x «===» y", ParseError, "cannot read ===", "write =="),
    ("x «//» y", ParseError, "cannot read //", "write /"),
    ("x «&»& y", ParseError, "cannot read &", ".*"),
    ("x «%» y", ParseError, "cannot read %", "a comment begins with #"),
    ("A «\\» b", ParseError, "cannot read \\", "write inv(A)*b"),
    ("«|»x|", ParseError, "cannot read |", "abs(x), norm2(x) or det(X)"),
    ("«{»x}", ParseError, "brackets are round", "notation='latex'"),
    ("«\\»frac{1}{2}*x", ParseError, "cannot read \\", "notation='latex'"),
    ("np«.»dot(x, y)", ParseError, "a dot stands only", "notation='numpy'"),
    ("x«.»", ParseError, "cannot read . here", "a dot stands only inside a number"),
    ("lambda «x»: x", ParseError, "this looks like a program", "notation='numpy'"),
    ("import «os»", ParseError, "this looks like a program", "notation='numpy'"),
    ("x «if» y", ParseError, "this looks like a program", "notation='numpy'"),
    # numbers
    ("1.2«.3»", ParseError, "one decimal point", ""),
    ("X: matrix(m «n»)", ParseError, "a comma is missing between sizes", "write m, n"),
    ("X: matrix(m, 4«d»); x: vector(d)", ParseError, "a comma is missing between sizes", "write 4, d"),
    ("1«_000»", ParseError, "without marks between its digits", "write 1000"),
    ("2*1«,»000", ParseError, "without marks between its digits", ""),
    ("0«x10»", ParseError, "decimal digits", ""),
    ("2 «3»", ParseError, "two numbers stand side by side", "an operator or a comma is missing"),
    ("1«e»", ParseError, "the exponent of the number is missing", "1*e"),
    ("x*«1e999»", ParseError, "the number 1e999 is too large", ""),
    ("x*«1e-999999999»", ParseError, "the number 1e-999999999 is too large or too long", ""),
    ("x/«0»", ParseError, "division by zero", ""),
    ("x*«nan»", DeclarationError, "nan is not declared", "numbers here are finite"),
    ("«True»", DeclarationError, "True is not declared", "write a number"),
    # letters and signs that look like others
    ("A*x + «а»", DeclarationError, "CYRILLIC SMALL LETTER A", "declare it"),
    ("A: matrix(m, n)\n«А»*A", DeclarationError, "CYRILLIC CAPITAL LETTER A", "looks like A"),
    ("«α» + 1", DeclarationError, "GREEK SMALL LETTER ALPHA", "α: scalar"),
    ("«λ» + 1", DeclarationError, "λ is not declared", "λ: scalar"),
    ("2*«π»", DeclarationError, "π is not declared", "write pi"),
    ("«２»*x", ParseError, "cannot read ２", "write 2"),
    ("«x２»", ParseError, "FULLWIDTH DIGIT TWO", "write x2"),
    ("«½»*x", ParseError, "VULGAR FRACTION ONE HALF", "write 1/2"),
    ("«x²»", ParseError, "SUPERSCRIPT TWO", "write x^2"),
    ("X«⁻»¹", ParseError, "cannot read ⁻", "write X^-1"),
    ("x«–»y", ParseError, "cannot read –", "the minus sign of the keyboard, -"),
    ("x«’»", ParseError, "cannot read ’", "the straight quote, X'"),
    ("«“»x”", ParseError, "cannot read “", "there are no strings"),
    ("«'»x'", ParseError, "an operand is missing before '", "there are no strings"),
    ("A«×»B", ParseError, "cannot read ×", "write * (the matrix product)"),
    ("x«÷»y", ParseError, "cannot read ÷", "write / (by a scalar)"),
    ("x«†»", ParseError, "cannot read †", "X' for the transpose"),
    ("«√»x", ParseError, "cannot read √", "sqrt(x)"),
    ("x«\u200b»y", ParseError, "ZERO WIDTH SPACE", "delete it"),
    ("x«\x00»", ParseError, "no character of a text", "delete it"),
    ("«\u202e»x", ParseError, "RIGHT-TO-LEFT OVERRIDE", "delete it"),
    ("x # «\ud800»", ParseError, "no character of a text", "delete it"),
    # names
    ("«weights»*x", DeclarationError, "weights is not declared", "declare it, as in weights: scalar"),
    ("«Weights»*x", DeclarationError, "Weights is not declared", "Weights: matrix(m, n)"),
    ("weights: matrix(m, n)\n«weigths»*x", DeclarationError, "weigths is not declared", "did you mean weights?"),
    ("y = «foo»*2\n‹foo› = 3", DeclarationError, "foo is used before its definition", "defined above it"),
    ("‹y› = «y» + 1", DeclarationError, "y is used before its definition", "defined above it"),
    ("a = «b» + 1\n‹b› = a", DeclarationError, "b is used before its definition", "defined above it"),
    ("‹f›(z) := «f(z)»", DeclarationError, "f is used before its definition", "defined above it"),
    ("h = «s(x)»\n‹s›(z) := z^2", DeclarationError, "s is used before its definition", "defined above it"),
    ("‹y› = x\n«y» = 2*x", DeclarationError, "y is defined twice", "a name of its own"),
    ("y = «x»\n‹x› = 3", DeclarationError, "x is used before its definition", "defined above it"),
    ("‹f›(z) := z\n«f»(z) := z^2", DeclarationError, "the function f is defined twice", ""),
    ("‹f›(z) := z\n«f» = 3", DeclarationError, "f is defined twice", ""),
    ("‹X›: matrix(m, n)\n«X»(z) := z", DeclarationError, "X is declared", "cannot be a function too"),
    ("‹s›: function\n«s» = 3", DeclarationError, "s is declared as a function", ""),
    ("f = a\n  + «b^2»", ParseError, "this line begins with a sign", "at the end of that"),
    ("f = a\n«- b^2»", ParseError, "this line begins with a sign", "at the end of that"),
    ("f = a\n  «-b^2»", ParseError, "this line begins with a sign", "at the end of that"),
    ("«a + 1»; b = 2", ParseError, "a bare expression stands alone or closes a model", "f = …"),
    ("«3» = x", ParseError, "the left side of = must be a name", "write == to compare"),
    ("«tr(X)» = 3", ParseError, "the left side of = must be a name", "write == to compare"),
    ("«f(x)» = x^2", ParseError, "the left side of = must be a name", "f(x) := …"),
    ("a = b «=» c", ParseError, "a definition has one =", "write == to compare"),
    ("«a, b = 2»", ParseError, "one name is defined at a time", "a = 1; b = 2"),
    ("a = 3«,» b = 4", ParseError, "statements are separated by ; or a new line", ""),
    ("sum(«x = 2»)", ParseError, "sum takes no x=", "axis=0"),
    ("«x» := 3", ParseError, "f(z) := …", "x = …"),
    ("«f(x, y)» := x*y", ParseError, "a function of one scalar, f(z) := …", ""),
    ("f(z) := «z*A»", ShapeError, "f is a function of one scalar, so its body is one", "n1×n2"),
    # declarations
    ("‹x›: vector(n)\n«x»: vector(m)", DeclarationError, "x is declared twice", ""),
    ("‹n›: dim\n«n»: scalar", DeclarationError, "n is declared a dim", "cannot be a scalar too"),
    ("x: vector(‹n›)\n«n»: scalar", DeclarationError, "n is used as a size, so it is a dim", "cannot be a scalar too"),
    ("x: vector(‹n›)\n«n» = 3", DeclarationError, "n is a dim and cannot be defined", "x: vector(3)"),
    ("‹y›: vector(3)\n«y» = x'*x", ShapeError, "y is declared 3×1, but is defined 1×1", ""),
    ("X: «matix»(m, n)", DeclarationError, "matix is not a kind", "did you mean matrix?"),
    ("x: «float»", DeclarationError, "float is not a kind", "did you mean scalar?"),
    ("x: «column»(n)", DeclarationError, "column is not a kind", "did you mean vector?"),
    ("x: «thing»", DeclarationError, "thing is not a kind", "the kinds are dim, scalar, vector"),
    ("X: «matrix»(m)", DeclarationError, "matrix takes 2 sizes, not 1", "one size makes a vector(n)"),
    ("x: «vector»(m, n)", DeclarationError, "vector takes 1 size, not 2", "two sizes make a matrix(m, n)"),
    ("S: «symmetric»(n, n)", DeclarationError, "symmetric takes 1 size, not 2", "it is square, symmetric(n)"),
    ("a: «scalar»(3)", DeclarationError, "scalar takes no sizes, not 1", ""),
    ("y: «labels»(n)", DeclarationError, "labels takes 2 sizes, not 1", "labels(m, n)"),
    ("X: matrix(«0», n)", DeclarationError, "a size is a positive integer", "not 0"),
    ("X: matrix(«-1», n)", DeclarationError, "a size is a positive integer", "not -1"),
    ("X: matrix(m, «1.5»)", DeclarationError, "a size is a positive integer", "not 1.5"),
    ("X: matrix(m, «n/2»)", DeclarationError, "a size is a positive integer", "not n/2"),
    ("X: matrix(m, «10^13»)", DeclarationError, "a size is a positive integer", "10^13"),
    ("ones(«0»)", DeclarationError, "0 is not a size", "a positive integer, a dim"),
    ("eye(«n/2»)", DeclarationError, "n/2 is not a size", "a product of them"),
    ("«ones»*x", DeclarationError, "ones needs its sizes", "ones(m) or ones(m, n)"),
    ("x: «3»", ParseError, "a kind stands behind the colon", "x: vector(n)"),
    ("x:« »", ParseError, "the kind is missing", "x: vector(n)"),
    ("vector(n): «x»", DeclarationError, "the name stands before the colon", "x: vector(n)"),
    ("x «vector»(n)", ParseError, "a declaration has a colon", "x: vector"),
    ("x: vector(n) y«:» vector(n)", ParseError, "statements are separated by ; or a new line", ""),
    ("x: vector(n)«,» y: vector(n)", ParseError, "statements are separated by ; or a new line", ""),
    ("n: dim «=» 3", ParseError, "a declaration has no value", "a known size is a number"),
    ("tr(«eye»)", ShapeError, "the size of this cannot be found", "eye(n)"),
    # settings
    ("set «seed» = 1", DeclarationError, "there is no setting seed", "the settings are relu_at_zero"),
    ("set «relu_at_zro» = 1", DeclarationError, "there is no setting relu_at_zro", "did you mean relu_at_zero?"),
    ("set relu_at_zero = «2»", DeclarationError, "relu_at_zero is 0 or 1", ""),
    ("set «relu_at_zero»", ParseError, "a setting is written", "set relu_at_zero = 1"),
    ("set relu_at_zero = 1\nset «relu_at_zero» = 0", DeclarationError, "relu_at_zero is set twice", ""),
    ("«relu_at_zero» = 1", DeclarationError, "relu_at_zero is a setting", "write set relu_at_zero = 1"),
    # nothing
    ("« »", ParseError, "the source is empty", "write an expression"),
    ("x: vector(n)« »", ParseError, "only declarations", "write an expression"),
]

MARKS = re.compile("[«»‹›]")


def spans(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """A marked source as the source and the places in it; a mark at its end stands behind it."""
    found = {}
    for opening, closing in ("«»", "‹›"):
        if opening in marked:
            start, end = (len(MARKS.sub("", marked[: marked.index(mark)])) for mark in (opening, closing))
            found[opening] = (start, end)
    source = MARKS.sub("", marked)
    return source.rstrip(" "), list(found.values())


@pytest.mark.parametrize(("marked", "kind", "said", "hint"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_to_write(
    marked: str, kind: type[MatdiffError], said: str, hint: str
) -> None:
    source, places = spans(marked)
    with pytest.raises(MatdiffError) as found:
        md.parse(source)
    error = found.value
    assert type(error) is kind
    assert said in error.reason
    assert hint in error.reason
    assert [(place.start, place.end) for place in error.places] == places
    start = places[0][0]
    assert (error.line, error.column) == (source.count("\n", 0, start) + 1, start - source.rfind("\n", 0, start))
    shown = str(error).split("\n")
    assert shown[3].index("^") == error.column + 1  # two blanks stand before the line that is shown


def test_there_is_a_line_for_every_mistake() -> None:
    assert len({source for source, *_ in MISTAKES}) == len(MISTAKES) > 200


def quadratic() -> md.Expression:
    return md.parse("x'*A*x", where="A: matrix(n, n); x: vector(n)")


def entropy(**inputs: Any) -> Any:
    loss = md.parse("-sum(y .* log_softmax(X*W))", where="y: labels(N, K); X: matrix(N, D); W: matrix(D, K)")
    return loss.evaluate(**({"X": np.ones((2, 2)), "W": np.ones((2, 3))} | inputs))


def unknown(**inputs: Any) -> Any:
    return md.parse("sum(s'(x))", where="s: function; x: vector(n)").evaluate(x=[1.0, 2.0], **inputs)


def training(line: str) -> str:
    return md.generate(f"x: vector(N)\nloss = x'*x\ntrain:\n    {line}\n", "x")


A = np.eye(2)

CALLS: list[tuple[Callable[[], Any], type[MatdiffError], str]] = [
    # arguments of the wrong Python type
    (lambda: md.parse(3), ArgumentTypeError, "a source is a string, not int"),
    (lambda: md.parse(None), ArgumentTypeError, "a source is a string, not NoneType"),
    (lambda: md.parse(b"x"), ArgumentTypeError, "a source is a string, not bytes"),
    (lambda: md.parse("x", where=["x: scalar"]), ArgumentTypeError, "where is a string of declarations, not list"),
    (lambda: md.parse("x", notation="tex"), ArgumentTypeError, "notation is one of math, numpy, latex, not 'tex'"),
    (lambda: md.parse("x", notation=["math"]), ArgumentTypeError, "notation is one of math, numpy, latex"),
    (lambda: md.derive(3, "x"), ArgumentTypeError, "a source is a string, not int"),
    (lambda: md.derive("sum(x)", 3), ArgumentTypeError, "wrt is a name or a list of names, not int"),
    (lambda: md.derive("sum(x)", b"x"), ArgumentTypeError, "wrt is a name or a list of names, not bytes"),
    (lambda: md.derive("sum(x)", {"x": 1}), ArgumentTypeError, "wrt is a name or a list of names, not dict"),
    (lambda: md.derive("sum(x)", ["x", 3]), ArgumentTypeError, "each a string"),
    (lambda: md.derive("sum(x)", "x", of=3), ArgumentTypeError, "of is the name of a definition, not int"),
    (lambda: md.derive("sum(x)", "x", layout="rows"), ArgumentTypeError, "layout is one of gradient, numerator"),
    (lambda: md.derive("sum(x)", "x", layout=None), ArgumentTypeError, "layout is one of gradient, numerator"),
    (lambda: md.derive("sum(x)", "x", order=3), ArgumentTypeError, "order is 1 or 2"),
    (lambda: md.derive("sum(x)", "x", order="2"), ArgumentTypeError, "order is 1 or 2"),
    (lambda: md.derive("sum(x)", "x", order=True), ArgumentTypeError, "order is 1 or 2"),
    (lambda: md.derive(quadratic(), "x", where="z: scalar"), ArgumentTypeError, "an Expression has its own"),
    (lambda: md.derive("sum(x)", "x").render("pdf"), ArgumentTypeError, "format is one of text, latex"),
    (lambda: md.gradient("sum(x)", "x", wrong=1), ArgumentTypeError, "gradient takes no option wrong; its options are"),
    (lambda: md.derive("sum(x)", "x", wrong=1), ArgumentTypeError, "derive takes no option wrong"),
    (lambda: md.parse("x", wrong=1), ArgumentTypeError, "parse takes no option wrong; its options are notation"),
    (lambda: md.check_code("x", wrong=1), ArgumentTypeError, "check_code takes no option wrong"),
    (lambda: md.gradient("sum(x)"), ArgumentTypeError, "gradient: missing a required argument: 'wrt'"),
    (lambda: md.derive("sum(x)", "x", "f"), ArgumentTypeError, "derive: too many positional arguments"),
    (lambda: md.equal("x", "x", one="x"), ArgumentTypeError, "equal: multiple values for argument 'one'"),
    (lambda: md.jacobian("sum(x)", "x", wrong=1), ArgumentTypeError, "jacobian takes no option wrong"),
    (lambda: md.differential("sum(x)", wrong=1), ArgumentTypeError, "differential takes no option wrong"),
    (lambda: md.differential("sum(x)", 3), ArgumentTypeError, "wrt is a name or a list of names, not int"),
    (lambda: md.hessian("sum(x)", "x", wrong=1), ArgumentTypeError, "hessian takes no option wrong"),
    (lambda: md.hessian("sum(x)", 3), ArgumentTypeError, "each a string"),
    (lambda: md.hvp("sum(x)", "x", wrong=1), ArgumentTypeError, "hvp takes no option wrong"),
    (lambda: md.hvp("sum(x)", "x", 3), ArgumentTypeError, "direction is the name of the direction"),
    (lambda: md.compile("x"), ArgumentTypeError, "compile takes an Expression or a list of Expressions"),
    (lambda: md.compile([]), ArgumentTypeError, "compile takes an Expression or a list of Expressions"),
    (lambda: md.compile([quadratic(), 3]), ArgumentTypeError, "compile takes an Expression or a list of Expressions"),
    (lambda: md.generate(3, "x"), ArgumentTypeError, "a source is a string, not int"),
    (lambda: md.generate("sum(x)", 3), ArgumentTypeError, "wrt is a name or a list of names, not int"),
    (lambda: md.generate("sum(x)", "x", where=3), ArgumentTypeError, "where is a string of declarations, not int"),
    (lambda: md.generate("sum(x)", "x", notation="C"), ArgumentTypeError, "notation is one of math, numpy, latex"),
    (lambda: md.generate("sum(x)", "x", of=3), ArgumentTypeError, "of is the name of a definition, not int"),
    (lambda: md.generate("sum(x)", "x", wrong=3), ArgumentTypeError, "generate takes no option wrong"),
    (lambda: md.equal(3, "x"), ArgumentTypeError, "a source is a string, not int"),
    (lambda: md.equal("x", None), ArgumentTypeError, "a source is a string, not NoneType"),
    (lambda: md.equal("x", "x", where=3), ArgumentTypeError, "where is a string of declarations, not int"),
    (lambda: md.check(None), ArgumentTypeError, "a document is a string, not NoneType"),
    (lambda: md.check(b"x"), ArgumentTypeError, "a document is a string, not bytes"),
    (lambda: md.from_sympy("x"), ArgumentTypeError, "from_sympy takes a SymPy expression, not str"),
    (lambda: md.from_sympy([1]), ArgumentTypeError, "from_sympy takes a SymPy expression, not list"),
    # names that are none, and objectives of the wrong size
    (lambda: md.derive("sum(x)", ""), DeclarationError, "wrt is empty"),
    (lambda: md.derive("sum(x)", []), DeclarationError, "wrt is empty"),
    (lambda: md.derive("sum(x)", ["x", "x"]), DeclarationError, "x stands twice in wrt"),
    (lambda: md.derive("sum(x)", "y"), DeclarationError, "y does not occur and is not declared: the names are x"),
    (lambda: md.derive("sum(weight)", "weigth", where="weight: vector(n)"), DeclarationError, "did you mean weight?"),
    (lambda: md.derive("sum(x)/n", "n", where="x: vector(n)"), DeclarationError, "n is a dim: a size does not vary"),
    (lambda: md.derive("sum(s(x))", "s", where="s: function"), DeclarationError, "s is a function: give a variable"),
    (lambda: md.derive("sum(y)", "y", where="y: labels(n, k)"), DeclarationError, "y holds labels: it does not vary"),
    (lambda: md.derive("f = sum(x)", "f"), DeclarationError, "f is the objective itself"),
    (lambda: md.derive("loss = sum(x)", "x", of="los"), DeclarationError, "did you mean loss?"),
    (
        lambda: md.derive("f = sum(x)", "x", of="x"),
        DeclarationError,
        "there is no definition x; the definitions are: f",
    ),
    (lambda: md.derive("tr(dX)", "X"), UnsupportedError, "dX is read as the differential of X"),
    (lambda: md.derive("x: vector(n)", "x"), ParseError, "only declarations"),
    (lambda: md.hessian("A*x", "x"), ShapeError, "a Hessian is that of a scalar; this is m×1"),
    (lambda: md.hvp("A*x", "x"), ShapeError, "a Hessian is that of a scalar; this is m×1"),
    (lambda: md.hvp("x'*A*x", "x", "A"), ShapeError, "a direction has the size of the variable"),
    (lambda: md.hvp("sum(x)", "x", "1"), DeclarationError, "'1' cannot name a direction"),
    (lambda: md.derive("sum(x)", ["x"]).hessian, DeclarationError, "derive with order=2"),
    (lambda: md.generate("A*x", "x"), ShapeError, "what is minimised is a number; this is m×1"),
    (lambda: md.generate("sum(x)", "x", target="fortran"), UnsupportedError, "the targets are numpy, jax, torch"),
    (lambda: md.generate("sum(x)", "x", style="terse"), UnsupportedError, "the styles are readable, fast"),
    (
        lambda: md.generate("c: scalar; norm2(x)^2", "c", style="fast"),
        UnsupportedError,
        "the loss depends on none of c",
    ),
    (lambda: training("N = 3.5"), DeclarationError, "N is a whole number, at least 1"),
    (lambda: training("N = 0"), DeclarationError, "N is a whole number, at least 1"),
    (lambda: training("M = 3"), DeclarationError, "the model has no M"),
    (lambda: training("N = 3, 4"), ParseError, "1 names on the left, 2 numbers on the right"),
    (lambda: training("steps = -3"), DeclarationError, "steps is a whole number, at least 0"),
    (lambda: training("steps = 1e9200"), ParseError, "the number 1e9200 is too large"),
    (lambda: training("report_every = 0"), DeclarationError, "report_every is a whole number, at least 1"),
    (lambda: training("x ~ gaussian"), ParseError, "nothing is drawn by gaussian"),
    (lambda: training("x = sin(3)"), ParseError, "a line of the train section is name = number"),
    (lambda: md.compile([quadratic(), md.parse("x")]), DeclarationError, "derive them from one source"),
    # where
    (lambda: md.parse("x", where="x: scala"), DeclarationError, "did you mean scalar?"),
    (lambda: md.parse("x", where="x + 1"), ParseError, "where holds declarations and definitions"),
    (lambda: md.parse("x: scalar; x", where="x: vector(n)"), DeclarationError, "x is declared twice"),
    (lambda: md.parse("h = x", where="h = 3"), DeclarationError, "h is defined twice"),
    # values
    (lambda: quadratic().evaluate(A=A), DeclarationError, "no value was given for x (n×1)"),
    (lambda: quadratic().evaluate(A=A, x=[1, 2], z=3), DeclarationError, "z is not a name of this model; it has A, x"),
    (lambda: quadratic().evaluate(A=A, x=[1, 2, 3]), ShapeError, "it has 3 where n = 2 is needed (n is 2 by A)"),
    (lambda: quadratic().evaluate(A=np.ones((2, 3)), x=[1, 2]), ShapeError, "it has 3 where n = 2 is needed"),
    (lambda: quadratic().evaluate(A=np.ones((2, 2, 2)), x=[1, 2]), ShapeError, "an array with 3 axes was given"),
    (lambda: quadratic().evaluate(A=A, x=[[1, 2]]), ShapeError, "x is a column, n×1, but an array of shape (1, 2)"),
    (lambda: quadratic().evaluate(A=A, x=[1, 2], n=3), ShapeError, "n is 3 by n=3"),
    (lambda: quadratic().evaluate(A=A, x=[1, 2], n=0), ShapeError, "must be at least 1"),
    (lambda: quadratic().evaluate(A=A, x=[1, 2], n=2.5), ArgumentTypeError, "n is a size, an integer, not 2.5"),
    (lambda: quadratic().evaluate(A=A, x="ab"), ArgumentTypeError, "x holds text, not numbers"),
    (lambda: quadratic().evaluate(A=A, x=None), ArgumentTypeError, "x holds objects, not numbers"),
    (lambda: quadratic().evaluate(A=[[1, 2], [3]], x=[1, 2]), ArgumentTypeError, "its rows differ in length"),
    (lambda: md.parse("a*x").evaluate(a=[1, 2], x=[1]), ShapeError, "a is a scalar, but an array of shape (2,)"),
    (lambda: entropy(y=[0, 5]), ShapeError, "y holds the label 5: labels count from 0 to 2"),
    (lambda: entropy(y=[0, -1]), ShapeError, "y holds the label -1: labels count from 0 to 2"),
    (lambda: entropy(y=[0, 0.5]), ArgumentTypeError, "y holds labels, which are integers"),
    (lambda: entropy(y=[0, 1, 2]), ShapeError, "it has 3 where N = 2 is needed"),
    (lambda: unknown(), DeclarationError, "s' is unknown: give its value and derivatives, s=(f, df, …)"),
    (lambda: unknown(s=np.sin), DeclarationError, "2 functions at least"),
    (lambda: unknown(s=3), ArgumentTypeError, "s is a function: give it and its derivatives"),
    (lambda: unknown(s=(np.sin, lambda z: "a")), ArgumentTypeError, "not numbers"),
    (lambda: unknown(s=(np.sin, lambda z: z[0])), ShapeError, "it is applied to each entry"),
    (lambda: md.parse("inv(A)").evaluate(A=np.zeros((2, 2))), EvaluationError, "the matrix is singular"),
    (lambda: md.parse("ones(n)", where="n: dim").evaluate(), DeclarationError, "the size n is not known: give n=…"),
    (lambda: md.parse("ones(10^9)").evaluate(), EvaluationError, "1,000,000,000 × 1 entries is too large"),
    (lambda: md.compile(quadratic())(A=A), DeclarationError, "no value was given for x"),
    (lambda: md.compile(quadratic())(A=A, x=[1, 2, 3]), ShapeError, "it has 3 where n = 2 is needed"),
    (lambda: md.compile(quadratic())(A=A, x=[1, 2], z=3), DeclarationError, "z is not a name of this model"),
]


@pytest.mark.parametrize(("call", "kind", "said"), CALLS)
def test_a_wrong_call_is_told(call: Callable[[], Any], kind: type[MatdiffError], said: str) -> None:
    with pytest.raises(MatdiffError) as found:
        call()
    assert type(found.value) is kind
    assert said in found.value.reason
    assert isinstance(found.value, TypeError) == (kind is ArgumentTypeError)
