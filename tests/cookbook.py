"""Derivatives as the books print them: one line a formula.

A line reads ``number | formula | declarations | variable | answer``; the section above it says the book and the kind of
derivative. The answer follows the conventions of the contract: a gradient has the shape of its variable, the Jacobian of
a matrix function is ``d vec F = J d vec X``, a Hessian is the matrix of ``d²f = (d vec X)' H (d vec X)`` (with two variables
the mixed block). Sizes are drawn so that they ascend with the alphabet: ``matrix(m, n)`` is wide, ``matrix(n, m)`` tall.
"""
# ruff: noqa: E501

from __future__ import annotations

from typing import NamedTuple

STRUCTURED = ("by the free entries", "in the space of symmetric matrices", "in the space of diagonal matrices")
"""The gradients that respect the structure of a symmetric or diagonal variable."""
KINDS = ("gradient", "jacobian", "hessian", *STRUCTURED)


class Line(NamedTuple):
    formula: str
    where: str
    wrt: tuple[str, ...]
    answer: str
    source: str
    kind: str

    def __str__(self) -> str:
        return f"{self.source}: {self.kind} of {self.formula} by {', '.join(self.wrt)}"


_TEXT = r"""
== Matrix Cookbook 2.1, determinants == gradient
(46) | det(A + t*B) | A, B: matrix(n, n); t: scalar | t | det(A + t*B)*tr(inv(A + t*B)*B)
(49) | det(X) | X: matrix(n, n) | X | det(X)*inv(X)'
(51) | det(A*X*B) | A, X, B: matrix(n, n) | X | det(A*X*B)*inv(X)'
(52) | det(X'*A*X) | A, X: matrix(n, n) | X | 2*det(X'*A*X)*inv(X)'
(53) | det(X'*A*X) | A: symmetric(n); X: matrix(n, m) | X | 2*det(X'*A*X)*A*X*inv(X'*A*X)
(54) | det(X'*A*X) | A: matrix(n, n); X: matrix(n, m) | X | det(X'*A*X)*(A*X*inv(X'*A*X) + A'*X*inv(X'*A'*X))
(55) | log(det(X'*X)) | X: matrix(n, m) | X | 2*pinv(X)'
(55) | logdet(X'*X) | X: matrix(n, m) | X | 2*pinv(X)'
(55) | logdet(X*X') | X: matrix(m, n) | X | 2*inv(X*X')*X
(57) | log(abs(det(X))) | X: matrix(n, n) | X | inv(X)'
(57) | logdet(X) | X: matrix(n, n) | X | inv(X')
(58) | det(X^2) | X: matrix(n, n) | X | 2*det(X^2)*inv(X)'
(58) | det(X^3) | X: matrix(n, n) | X | 3*det(X^3)*inv(X)'
(66) | det(X)^2 | X: matrix(n, n) | X | 2*det(X)^2*inv(X)'

== Matrix Cookbook 2.1, determinants == hessian
(47) | det(A + t*B) | A, B: matrix(n, n); t: scalar | t | det(A + t*B)*(tr(inv(A + t*B)*B)^2 - tr(inv(A + t*B)*B*inv(A + t*B)*B))

== Matrix Cookbook 2.2, inverses == gradient
(61) | a'*inv(X)*b | X: matrix(n, n); a, b: vector(n) | X | -inv(X)'*a*b'*inv(X)'
(62) | det(inv(X)) | X: matrix(n, n) | X | -det(inv(X))*inv(X)'
(63) | tr(A*inv(X)*B) | X: matrix(n, n); A: matrix(m, n); B: matrix(n, m) | X | -(inv(X)*B*A*inv(X))'
(64) | tr(inv(X + A)) | X, A: matrix(n, n) | X | -(inv(X + A)*inv(X + A))'
(64) | tr(inv(X)) | X: matrix(n, n) | X | -(inv(X)*inv(X))'
(59) | x'*inv(A + t*B)*y | A, B: matrix(n, n); t: scalar; x, y: vector(n) | t | -x'*inv(A + t*B)*B*inv(A + t*B)*y

== Matrix Cookbook 2.2, inverses == jacobian
(59) | inv(A + t*B) | A, B: matrix(n, n); t: scalar | t | -vec(inv(A + t*B)*B*inv(A + t*B))
(60) | inv(X) | X: matrix(n, n) | X | -kron(inv(X)', inv(X))

== Matrix Cookbook 2.3, eigenvalues == gradient
(65) | tr(X) | X: matrix(n, n) | X | eye(n)
(66) | det(X) | X: matrix(n, n) | X | det(X)*inv(X')

== Matrix Cookbook 2.4, matrices, vectors and scalar forms == gradient
(69) | x'*a | x, a: vector(n) | x | a
(69) | a'*x | x, a: vector(n) | x | a
(70) | a'*X*b | X: matrix(m, n); a: vector(m); b: vector(n) | X | a*b'
(71) | a'*X'*b | X: matrix(m, n); a: vector(n); b: vector(m) | X | b*a'
(72) | a'*X*a | X: matrix(n, n); a: vector(n) | X | a*a'
(72) | a'*X'*a | X: matrix(n, n); a: vector(n) | X | a*a'
(76) | sum(X)^2 | X: matrix(m, n) | X | 2*sum(X)*ones(m, n)
(77) | b'*X'*X*c | X: matrix(m, n); b, c: vector(n) | X | X*(b*c' + c*b')
(78) | (B*x + b)'*C*(D*x + d) | B: matrix(m, n); D: matrix(p, n); C: matrix(m, p); b: vector(m); d: vector(p); x: vector(n) | x | B'*C*(D*x + d) + D'*C'*(B*x + b)
(81) | x'*B*x | B: matrix(n, n); x: vector(n) | x | (B + B')*x
(82) | b'*X'*D*X*c | X: matrix(m, n); D: matrix(m, m); b, c: vector(n) | X | D'*X*b*c' + D*X*c*b'
(83) | (X*b + c)'*D*(X*b + c) | X: matrix(m, n); D: matrix(m, m); b: vector(n); c: vector(m) | X | (D + D')*(X*b + c)*b'
(84) | (x - A*s)'*W*(x - A*s) | W: symmetric(m); A: matrix(m, n); x: vector(m); s: vector(n) | s | -2*A'*W*(x - A*s)
(85) | (x - s)'*W*(x - s) | W: symmetric(n); x, s: vector(n) | x | 2*W*(x - s)
(86) | (x - s)'*W*(x - s) | W: symmetric(n); x, s: vector(n) | s | -2*W*(x - s)
(87) | (x - A*s)'*W*(x - A*s) | W: symmetric(m); A: matrix(m, n); x: vector(m); s: vector(n) | x | 2*W*(x - A*s)
(88) | (x - A*s)'*W*(x - A*s) | W: symmetric(m); A: matrix(m, n); x: vector(m); s: vector(n) | A | -2*W*(x - A*s)*s'
(91) | a'*X^2*b | X: matrix(n, n); a, b: vector(n) | X | a*b'*X' + X'*a*b'
(91) | a'*X^3*b | X: matrix(n, n); a, b: vector(n) | X | a*b'*(X^2)' + X'*a*b'*X' + (X^2)'*a*b'
(92), corrected | a'*(X^2)'*X^2*b | X: matrix(n, n); a, b: vector(n) | X | X'*X^2*(a*b' + b*a') + X^2*(a*b' + b*a')*X'
(94) | x'*A*x + b'*x | A: matrix(n, n); x, b: vector(n) | x | (A + A')*x + b

== Matrix Cookbook 2.4, matrices, vectors and scalar forms == hessian
(97) | x'*A*x + b'*x | A: matrix(n, n); x, b: vector(n) | x | A + A'
(84) | (x - A*s)'*W*(x - A*s) | W: symmetric(m); A: matrix(m, n); x: vector(m); s: vector(n) | s | 2*A'*W*A
(84, 87) | (x - A*s)'*W*(x - A*s) | W: symmetric(m); A: matrix(m, n); x: vector(m); s: vector(n) | x, s | -2*W*A

== Matrix Cookbook 2.4, matrices, vectors and scalar forms == jacobian
(73) | X | X: matrix(m, n) | X | eye(m*n)
(74) | X*A | X: matrix(m, n); A: matrix(n, p) | X | kron(A', eye(m))
(75) | X'*A | X: matrix(m, n); A: matrix(m, p) | X | kron(A', eye(n))*commutation(m, n)
(80) | X'*B*X | X: matrix(m, n); B: matrix(m, m) | X | kron(eye(n), X'*B) + kron(X'*B', eye(n))*commutation(m, n)
(90) | X^3 | X: matrix(n, n) | X | kron(X'^2, eye(n)) + kron(X', X) + kron(eye(n), X^2)

== Matrix Cookbook 2.5, traces == gradient
(99) | tr(X) | X: matrix(n, n) | X | eye(n)
(100) | tr(X*A) | X: matrix(m, n); A: matrix(n, m) | X | A'
(101) | tr(A*X*B) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, k) | X | A'*B'
(102) | tr(A*X'*B) | A: matrix(k, n); X: matrix(m, n); B: matrix(m, k) | X | B*A
(103) | tr(X'*A) | X, A: matrix(m, n) | X | A
(104) | tr(A*X') | X, A: matrix(m, n) | X | A
(105) | tr(kron(A, X)) | X: matrix(n, n); A: matrix(m, m) | X | tr(A)*eye(n)
(106) | tr(X^2) | X: matrix(n, n) | X | 2*X'
(107) | tr(X^2*B) | X, B: matrix(n, n) | X | (X*B + B*X)'
(108) | tr(X'*B*X) | X: matrix(m, n); B: matrix(m, m) | X | B*X + B'*X
(109) | tr(B*X*X') | X: matrix(m, n); B: matrix(m, m) | X | B*X + B'*X
(110) | tr(X*X'*B) | X: matrix(m, n); B: matrix(m, m) | X | B*X + B'*X
(111) | tr(X*B*X') | X: matrix(m, n); B: matrix(n, n) | X | X*B' + X*B
(112) | tr(B*X'*X) | X: matrix(m, n); B: matrix(n, n) | X | X*B' + X*B
(113) | tr(X'*X*B) | X: matrix(m, n); B: matrix(n, n) | X | X*B' + X*B
(114) | tr(A*X*B*X) | X: matrix(m, n); A, B: matrix(n, m) | X | A'*X'*B' + B'*X'*A'
(115) | tr(X'*X) | X: matrix(m, n) | X | 2*X
(115) | tr(X*X') | X: matrix(m, n) | X | 2*X
(116) | tr(B'*X'*C*X*B) | X: matrix(m, n); C: matrix(m, m); B: matrix(n, p) | X | C'*X*B*B' + C*X*B*B'
(117) | tr(X'*B*X*C) | X: matrix(m, n); B: matrix(m, m); C: matrix(n, n) | X | B*X*C + B'*X*C'
(118) | tr(A*X*B*X'*C) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, n); C: matrix(m, k) | X | A'*C'*X*B' + C*A*X*B
(119) | tr((A*X*B + C)*(A*X*B + C)') | A: matrix(k, m); X: matrix(m, n); B: matrix(n, p); C: matrix(k, p) | X | 2*A'*(A*X*B + C)*B'
(120) | tr(kron(X, X)) | X: matrix(n, n) | X | 2*tr(X)*eye(n)
(120) | tr(X)*tr(X) | X: matrix(n, n) | X | 2*tr(X)*eye(n)
(121) | tr(X^3) | X: matrix(n, n) | X | 3*(X^2)'
(121) | tr(X^5) | X: matrix(n, n) | X | 5*(X^4)'
(122) | tr(A*X^3) | X, A: matrix(n, n) | X | (A*X^2 + X*A*X + X^2*A)'
(123) | tr(B'*X'*C*X*X'*C*X*B) | X: matrix(m, n); C: matrix(m, m); B: matrix(n, p) | X | C*X*X'*C*X*B*B' + C'*X*B*B'*X'*C'*X + C*X*B*B'*X'*C*X + C'*X*X'*C'*X*B*B'
(124) | tr(A*inv(X)*B) | X: matrix(n, n); A: matrix(m, n); B: matrix(n, m) | X | -inv(X)'*A'*B'*inv(X)'
(125) | tr(inv(X'*C*X)*A) | X: matrix(n, m); C: symmetric(n); A: matrix(m, m) | X | -C*X*inv(X'*C*X)*(A + A')*inv(X'*C*X)
(126) | tr(inv(X'*C*X)*(X'*B*X)) | X: matrix(n, m); B, C: symmetric(n) | X | -2*C*X*inv(X'*C*X)*X'*B*X*inv(X'*C*X) + 2*B*X*inv(X'*C*X)
(127) | tr(inv(A + X'*C*X)*(X'*B*X)) | X: matrix(n, m); B, C: symmetric(n); A: symmetric(m) | X | -2*C*X*inv(A + X'*C*X)*X'*B*X*inv(A + X'*C*X) + 2*B*X*inv(A + X'*C*X)

== Matrix Cookbook 2.6 and 2.7, norms == gradient
(129) | norm2(x - a) | x, a: vector(n) | x | (x - a)/norm2(x - a)
(131) | norm2(x)^2 | x: vector(n) | x | 2*x
(131) | x'*x | x: vector(n) | x | 2*x
(132) | norm2(X)^2 | X: matrix(m, n) | X | 2*X
(132) | norm2(A*X - B)^2 | A: matrix(m, n); X: matrix(n, p); B: matrix(m, p) | X | 2*A'*(A*X - B)

== Matrix Cookbook 2.6 and 2.7, norms == jacobian
(130) | (x - a)/norm2(x - a) | x, a: vector(n) | x | eye(n)/norm2(x - a) - (x - a)*(x - a)'/norm2(x - a)^3

== Matrix Cookbook 2.8, structured matrices, entries taken as independent == gradient
(138) | tr(A*X) | A: matrix(n, n); X: symmetric(n) | X | A'
(140) | det(X) | X: symmetric(n) | X | det(X)*inv(X)
(141) | logdet(X) | X: symmetric(n) | X | inv(X)
(142) | tr(A*X) | A: matrix(n, n); X: diagonal(n) | X | A'
(138) | a'*X*b | a, b: vector(n); X: symmetric(n) | X | a*b'
(138) | tr(X^2) | X: symmetric(n) | X | 2*X
(138) | tr(X*A*X*B) | A, B: matrix(n, n); X: symmetric(n) | X | A'*X*B' + B'*X*A'
(138) | a'*inv(X)*b | a, b: vector(n); X: symmetric(n) | X | -inv(X)*a*b'*inv(X)
(138) | tr(inv(X)*A) | A: symmetric(n); X: symmetric(n) | X | -inv(X)*A*inv(X)
(138) | logdet(A + X) | A: symmetric(n); X: diagonal(n) | X | inv(A + X)
(137) | logdet(X*A*X') | A: symmetric(n); X: matrix(m, n) | X | 2*inv(X*A*X')*X*A

== Matrix Cookbook 2.8, structured matrices == by the free entries
(139) | tr(A*X) | A: matrix(n, n); X: symmetric(n) | X | A + A' - A .* eye(n)
(140) | det(X) | X: symmetric(n) | X | det(X)*(2*inv(X) - inv(X) .* eye(n))
(141) | logdet(X) | X: symmetric(n) | X | 2*inv(X) - inv(X) .* eye(n)
(138) | a'*X*b | a, b: vector(n); X: symmetric(n) | X | a*b' + b*a' - diag(a .* b)
(138) | tr(X^2) | X: symmetric(n) | X | 4*X - 2*X .* eye(n)

== Matrix Cookbook 2.8, structured matrices == in the space of diagonal matrices
(142) | tr(A*X) | A: matrix(n, n); X: diagonal(n) | X | A .* eye(n)
(142) | x'*X*x | x: vector(n); X: diagonal(n) | X | diag(x .* x)
(142) | logdet(X) | X: diagonal(n) | X | inv(X)

== Srinivasan & Panda, What is the gradient of a scalar function of a symmetric matrix? == in the space of symmetric matrices
ex. 1 | tr(A*X) | A: matrix(n, n); X: symmetric(n) | X | (A + A')/2
ex. 2 | logdet(X) | X: symmetric(n) | X | inv(X)
ex. 2 | det(X) | X: symmetric(n) | X | det(X)*inv(X)
ex. 3 | a'*X*b | a, b: vector(n); X: symmetric(n) | X | (a*b' + b*a')/2
ex. 4 | a'*inv(X)*b | a, b: vector(n); X: symmetric(n) | X | -inv(X)*(a*b' + b*a')*inv(X)/2

== Wikipedia, Matrix calculus, scalar by vector == gradient
a | a'*b | a, b: vector(m); x: vector(n) | x | zeros(n)
a u(x) | a*sum(sigma(x)) | a: scalar; x: vector(n); sigma: function | x | a*sigma'(x)
u + v | sum(sigma(x)) + a'*x | a, x: vector(n); sigma: function | x | sigma'(x) + a
u v | (a'*x)*(b'*x) | a, b, x: vector(n) | x | (b'*x)*a + (a'*x)*b
g(u) | sigma(a'*x) | a, x: vector(n); sigma: function | x | sigma'(a'*x)*a
f(g(u)) | sigma(tau(a'*x)) | a, x: vector(n); sigma, tau: function | x | sigma'(tau(a'*x))*tau'(a'*x)*a
u'v | sigma(A*x)'*tau(B*x) | A, B: matrix(m, n); x: vector(n); sigma, tau: function | x | A'*(sigma'(A*x) .* tau(B*x)) + B'*(tau'(B*x) .* sigma(A*x))
u'Av | sigma(x)'*A*tau(x) | A: matrix(n, n); x: vector(n); sigma, tau: function | x | sigma'(x) .* (A*tau(x)) + tau'(x) .* (A'*sigma(x))
a.x | a'*x | a, x: vector(n) | x | a
b'Ax | b'*A*x | A: matrix(m, n); b: vector(m); x: vector(n) | x | A'*b
x'Ax | x'*A*x | A: matrix(n, n); x: vector(n) | x | (A + A')*x
x'Ax, A symmetric | x'*A*x | A: symmetric(n); x: vector(n) | x | 2*A*x
x'x | x'*x | x: vector(n) | x | 2*x
a'u(x) | a'*sigma(A*x) | A: matrix(m, n); a: vector(m); x: vector(n); sigma: function | x | A'*(a .* sigma'(A*x))
a'xx'b | a'*x*x'*b | a, b, x: vector(n) | x | (a*b' + b*a')*x
(Ax+b)'C(Dx+e) | (A*x + b)'*C*(D*x + h) | A: matrix(m, n); D: matrix(p, n); C: matrix(m, p); b: vector(m); h: vector(p); x: vector(n) | x | A'*C*(D*x + h) + D'*C'*(A*x + b)
norm(x-a) | norm2(x - a) | a, x: vector(n) | x | (x - a)/norm2(x - a)

== Wikipedia, Matrix calculus, scalar by vector == hessian
b'Ax | b'*A*x | A: matrix(m, n); b: vector(m); x: vector(n) | x | zeros(n, n)
x'Ax | x'*A*x | A: matrix(n, n); x: vector(n) | x | A + A'
x'Ax, A symmetric | x'*A*x | A: symmetric(n); x: vector(n) | x | 2*A
x'x | x'*x | x: vector(n) | x | 2*eye(n)
a'xx'b | a'*x*x'*b | a, b, x: vector(n) | x | a*b' + b*a'
g(u) | sigma(a'*x) | a, x: vector(n); sigma: function | x | sigma''(a'*x)*a*a'
u(x) | sum(sigma(x)) | x: vector(n); sigma: function | x | diag(sigma''(x))

== Wikipedia, Matrix calculus, vector by vector == jacobian
a | a | a: vector(m); x: vector(n) | x | zeros(m, n)
x | x | x: vector(n) | x | eye(n)
Ax | A*x | A: matrix(m, n); x: vector(n) | x | A
x'A | x'*A | A: matrix(n, m); x: vector(n) | x | A'
au(x) | a*sigma(x) | a: scalar; x: vector(n); sigma: function | x | a*diag(sigma'(x))
v(x)u(x) | (a'*x)*x | a, x: vector(n) | x | (a'*x)*eye(n) + x*a'
Au(x) | A*sigma(x) | A: matrix(m, n); x: vector(n); sigma: function | x | A*diag(sigma'(x))
u + v | sigma(x) + A*x | A: matrix(n, n); x: vector(n); sigma: function | x | diag(sigma'(x)) + A
g(u) | sigma(A*x) | A: matrix(m, n); x: vector(n); sigma: function | x | diag(sigma'(A*x))*A
f(g(u)) | sigma(B*tau(A*x)) | A: matrix(m, n); B: matrix(p, m); x: vector(n); sigma, tau: function | x | diag(sigma'(B*tau(A*x)))*B*diag(tau'(A*x))*A

== Wikipedia, Matrix calculus, vector by scalar == jacobian
a | a | a: vector(m); t: scalar | t | zeros(m, 1)
au | a*exp(t*y) | a, t: scalar; y: vector(n) | t | a*(y .* exp(t*y))
Au | A*sigma(t*y) | A: matrix(m, n); t: scalar; y: vector(n); sigma: function | t | A*(y .* sigma'(t*y))
u' | (t*y)' | t: scalar; y: vector(n) | t | y
u + v | t^2*y + sin(t)*z | t: scalar; y, z: vector(n) | t | 2*t*y + cos(t)*z
g(u) | sigma(t*y) | t: scalar; y: vector(n); sigma: function | t | y .* sigma'(t*y)

== Wikipedia, Matrix calculus, scalar by matrix == gradient
a | a | a: scalar; X: matrix(m, n) | X | zeros(m, n)
au(X) | a*sum(sigma(X)) | a: scalar; X: matrix(m, n); sigma: function | X | a*sigma'(X)
u + v | tr(A*X) + sum(sigma(X)) | A: matrix(n, m); X: matrix(m, n); sigma: function | X | A' + sigma'(X)
uv | tr(A*X)*tr(B*X) | A, B: matrix(n, m); X: matrix(m, n) | X | tr(B*X)*A' + tr(A*X)*B'
g(u) | sigma(tr(A*X)) | A: matrix(n, m); X: matrix(m, n); sigma: function | X | sigma'(tr(A*X))*A'
f(g(u)) | sigma(tau(tr(A*X))) | A: matrix(n, m); X: matrix(m, n); sigma, tau: function | X | sigma'(tau(tr(A*X)))*tau'(tr(A*X))*A'
a'Xb | a'*X*b | X: matrix(m, n); a: vector(m); b: vector(n) | X | a*b'
a'X'b | a'*X'*b | X: matrix(m, n); a: vector(n); b: vector(m) | X | b*a'
(Xa+b)'C(Xa+b) | (X*a + b)'*C*(X*a + b) | X: matrix(m, n); C: matrix(m, m); a: vector(n); b: vector(m) | X | (C + C')*(X*a + b)*a'
(Xa)'C(Xb) | (X*a)'*C*(X*b) | X: matrix(m, n); C: matrix(m, m); a, b: vector(n) | X | C*X*b*a' + C'*X*a*b'
tr(X) | tr(X) | X: matrix(n, n) | X | eye(n)
tr(U+V) | tr(A*X + X*B) | A, B, X: matrix(n, n) | X | A' + B'
tr(aU) | tr(a*X) | a: scalar; X: matrix(n, n) | X | a*eye(n)
tr(AX) | tr(A*X) | A: matrix(n, m); X: matrix(m, n) | X | A'
tr(XA) | tr(X*A) | A: matrix(n, m); X: matrix(m, n) | X | A'
tr(AX') | tr(A*X') | A, X: matrix(m, n) | X | A
tr(X'A) | tr(X'*A) | A, X: matrix(m, n) | X | A
tr(X'AX) | tr(X'*A*X) | A: matrix(m, m); X: matrix(m, n) | X | (A + A')*X
tr(inv(X)A) | tr(inv(X)*A) | A, X: matrix(n, n) | X | -inv(X)'*A'*inv(X)'
tr(AXB) | tr(A*X*B) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, k) | X | A'*B'
tr(BAX) | tr(B*A*X) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, k) | X | A'*B'
tr(AXBX'C) | tr(A*X*B*X'*C) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, n); C: matrix(m, k) | X | A'*C'*X*B' + C*A*X*B
tr(X^n) | tr(X^4) | X: matrix(n, n) | X | 4*(X^3)'
tr(AX^n) | tr(A*X^2) | A, X: matrix(n, n) | X | (X*A + A*X)'
det(X) | det(X) | X: matrix(n, n) | X | det(X)*inv(X)'
det(X), cofactors | det(X) | X: matrix(n, n) | X | adj(X)'
log det(aX) | logdet(a*X) | a: scalar; X: matrix(n, n) | X | inv(X)'
det(AXB) | det(A*X*B) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, k) | X | det(A*X*B)*A'*inv(A*X*B)'*B'
det(X^n) | det(X^4) | X: matrix(n, n) | X | 4*det(X^4)*inv(X)'
log det(X'X) | logdet(X'*X) | X: matrix(n, m) | X | 2*X*inv(X'*X)
det(X'AX), square | det(X'*A*X) | A, X: matrix(n, n) | X | 2*det(X'*A*X)*inv(X)'
det(X'AX), A symmetric | det(X'*A*X) | A: symmetric(n); X: matrix(n, m) | X | 2*det(X'*A*X)*A*X*inv(X'*A*X)
det(X'AX) | det(X'*A*X) | A: matrix(n, n); X: matrix(n, m) | X | det(X'*A*X)*(A*X*inv(X'*A*X) + A'*X*inv(X'*A'*X))

== Wikipedia, Matrix calculus, matrix by scalar == jacobian
aU | a*exp(t*A) | a, t: scalar; A: matrix(m, n) | t | a*vec(A .* exp(t*A))
AUB | A*sin(t*C)*B | t: scalar; A: matrix(k, m); C: matrix(m, n); B: matrix(n, p) | t | vec(A*(C .* cos(t*C))*B)
U+V | t*A + t^2*B | t: scalar; A, B: matrix(m, n) | t | vec(A + 2*t*B)
UV | (A + t*B)*(C + t*D) | t: scalar; A, B: matrix(m, n); C, D: matrix(n, p) | t | vec((A + t*B)*D + B*(C + t*D))
kron(U, V) | kron(A + t*B, C + t*D) | t: scalar; A, B: matrix(m, n); C, D: matrix(p, q) | t | vec(kron(A + t*B, D) + kron(B, C + t*D))
U.*V | (A + t*B) .* (C + t*D) | t: scalar; A, B, C, D: matrix(m, n) | t | vec((A + t*B) .* D + B .* (C + t*D))
inv(U) | inv(A + t*B) | t: scalar; A, B: matrix(n, n) | t | -vec(inv(A + t*B)*B*inv(A + t*B))
tU^n | (A + t*B)^2 | t: scalar; A, B: matrix(n, n) | t | vec(B*(A + t*B) + (A + t*B)*B)

== Wikipedia, Matrix calculus, scalar by scalar == gradient
det(U) | det(t*A + B) | t: scalar; A, B: matrix(n, n) | t | det(t*A + B)*tr(inv(t*A + B)*A)
log det(U) | logdet(t*A + B) | t: scalar; A, B: matrix(n, n) | t | tr(inv(t*A + B)*A)
tr(U) | tr(A*exp(t*B)) | t: scalar; A: matrix(m, n); B: matrix(n, m) | t | tr(A*(B .* exp(t*B)))
u'v | (x + t*y)'*(z + t*w) | t: scalar; x, y, z, w: vector(n) | t | y'*(z + t*w) + w'*(x + t*y)
g(u(x)) | sigma(t^2) | t: scalar; sigma: function | t | 2*t*sigma'(t^2)

== Wikipedia, Matrix calculus, scalar by scalar == hessian
log det(U) | logdet(t*A + B) | t: scalar; A, B: matrix(n, n) | t | -tr(inv(t*A + B)*A*inv(t*A + B)*A)
tr(g(U)) | x'*inv(A + t*B)*y | t: scalar; A, B: matrix(n, n); x, y: vector(n) | t | 2*x'*inv(A + t*B)*B*inv(A + t*B)*B*inv(A + t*B)*y
g(u(x)) | sigma(a*t) | a, t: scalar; sigma: function | t | a^2*sigma''(a*t)

== Magnus & Neudecker ch. 9, scalar functions == gradient
tab. 9.2 | a'*x | a, x: vector(n) | x | a
tab. 9.2 | x'*A*x | A: matrix(n, n); x: vector(n) | x | (A + A')*x
tab. 9.2 | (x'*A*x)^2 | A: symmetric(n); x: vector(n) | x | 4*(x'*A*x)*A*x
tab. 9.3 | tr(A*X) | A: matrix(n, m); X: matrix(m, n) | X | A'
tab. 9.3 | tr(X*A*X'*B) | A: matrix(n, n); B: matrix(m, m); X: matrix(m, n) | X | B'*X*A' + B*X*A
tab. 9.3 | tr(X*A*X*B) | A, B: matrix(n, m); X: matrix(m, n) | X | B'*X'*A' + A'*X'*B'
tab. 9.3 | tr(X*X') | X: matrix(m, n) | X | 2*X
tab. 9.3 | a'*X*X'*a | a: vector(m); X: matrix(m, n) | X | 2*a*a'*X
tab. 9.3 | a'*X'*X*a | a: vector(n); X: matrix(m, n) | X | 2*X*a*a'
tab. 9.3 | a'*inv(X)*a | a: vector(n); X: matrix(n, n) | X | -inv(X)'*a*a'*inv(X)'
tab. 9.4 | det(X) | X: matrix(n, n) | X | det(X)*inv(X')
tab. 9.4 | det(X*X') | X: matrix(m, n) | X | 2*det(X*X')*inv(X*X')*X
tab. 9.4 | det(X'*X) | X: matrix(n, m) | X | 2*det(X'*X)*X*inv(X'*X)
tab. 9.4 | det(X^2) | X: matrix(n, n) | X | 2*det(X)^2*inv(X')
tab. 9.4 | det(A*X*B) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, k) | X | det(A*X*B)*A'*inv(B'*X'*A')*B'
tab. 9.4 | det(X*A*X') | A: symmetric(n); X: matrix(m, n) | X | 2*det(X*A*X')*inv(X*A*X')*X*A
tab. 9.4 | logdet(X) | X: matrix(n, n) | X | inv(X')
tab. 9.4 | logdet(X*X') | X: matrix(m, n) | X | 2*inv(X*X')*X
tab. 9.4 | logdet(X^2) | X: matrix(n, n) | X | 2*inv(X')
tab. 9.4 | logdet(A*X*B) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, k) | X | A'*inv(B'*X'*A')*B'
ch. 9.9 | tr(X^3) | X: matrix(n, n) | X | 3*X'^2
ch. 9.9 | tr(A*inv(X)) | A, X: matrix(n, n) | X | -(inv(X)*A*inv(X))'
ch. 9.9 | tr(inv(X)) | X: matrix(n, n) | X | -(inv(X)^2)'
ch. 9.10 | det(inv(X)) | X: matrix(n, n) | X | -det(X)^-1*inv(X')
ch. 9.10 | logdet(A + X*X') | A: symmetric(m); X: matrix(m, n) | X | 2*inv(A + X*X')*X
ch. 9.10 | logdet(eye(m) + X*X') | X: matrix(m, n) | X | 2*inv(eye(m) + X*X')*X
ch. 9.10 | logdet(X'*A*X) | A: matrix(n, n); X: matrix(n, m) | X | A*X*inv(X'*A*X) + A'*X*inv(X'*A'*X)
ch. 8, ex. | tr(adj(X)) | X: matrix(n, n) | X | det(X)*(tr(inv(X))*inv(X)' - (inv(X)^2)')
ch. 8, ex. | det(X + A) | X, A: matrix(n, n) | X | det(X + A)*inv(X + A)'
ch. 8, ex. | tr(X'*X)*det(X) | X: matrix(n, n) | X | 2*det(X)*X + tr(X'*X)*det(X)*inv(X)'
ch. 8, ex. | logdet(X)^2 | X: matrix(n, n) | X | 2*logdet(X)*inv(X)'
ch. 8, ex. | tr(X)/det(X) | X: matrix(n, n) | X | eye(n)/det(X) - tr(X)/det(X)*inv(X)'

== Magnus & Neudecker ch. 9, vector functions == jacobian
tab. 9.5 | A*x | A: matrix(m, n); x: vector(n) | x | A
tab. 9.5 | X*a | X: matrix(m, n); a: vector(n) | X | kron(a', eye(m))
tab. 9.5 | X'*a | X: matrix(m, n); a: vector(m) | X | kron(eye(n), a')
tab. 9.5 | x*x'*a | a, x: vector(n) | x | (a'*x)*eye(n) + x*a'
tab. 9.5 | (x'*A*x)*x | A: matrix(n, n); x: vector(n) | x | (x'*A*x)*eye(n) + x*x'*(A + A')
tab. 9.5 | X*X'*a | a: vector(m); X: matrix(m, n) | X | kron(a'*X, eye(m)) + kron(X, a')
tab. 9.5 | inv(X)*a | a: vector(n); X: matrix(n, n) | X | -kron(a'*inv(X)', inv(X))

== Magnus & Neudecker ch. 9, matrix functions == jacobian
tab. 9.6 | x*x' | x: vector(n) | x | kron(x, eye(n)) + kron(eye(n), x)
tab. 9.6 | x*a' | a: vector(m); x: vector(n) | x | kron(a, eye(n))
tab. 9.6 | a*x' | a: vector(m); x: vector(n) | x | kron(eye(n), a)
tab. 9.7 | X | X: matrix(m, n) | X | eye(m*n)
tab. 9.7 | X' | X: matrix(m, n) | X | commutation(m, n)
tab. 9.7 | A*X*B | A: matrix(k, m); X: matrix(m, n); B: matrix(n, p) | X | kron(B', A)
tab. 9.7 | A*X'*B | A: matrix(k, n); X: matrix(m, n); B: matrix(m, p) | X | kron(B', A)*commutation(m, n)
tab. 9.7 | X*X' | X: matrix(m, n) | X | (eye(m*m) + commutation(m, m))*kron(X, eye(m))
tab. 9.7 | X'*X | X: matrix(m, n) | X | (eye(n*n) + commutation(n, n))*kron(eye(n), X')
tab. 9.7 | X*A*X' | A: matrix(n, n); X: matrix(m, n) | X | kron(X*A', eye(m)) + commutation(m, m)*kron(X*A, eye(m))
tab. 9.7 | X'*A*X | A: matrix(m, m); X: matrix(m, n) | X | kron(eye(n), X'*A) + commutation(n, n)*kron(eye(n), X'*A')
tab. 9.7 | X*A*X | A: matrix(n, m); X: matrix(m, n) | X | kron(X'*A', eye(m)) + kron(eye(n), X*A)
tab. 9.7 | X'*A*X' | A: matrix(n, m); X: matrix(n, m) | X | (kron(X*A', eye(m)) + kron(eye(n), X'*A))*commutation(n, m)
tab. 9.7 | X^2 | X: matrix(n, n) | X | kron(X', eye(n)) + kron(eye(n), X)
tab. 9.7 | X^3 | X: matrix(n, n) | X | kron(X'^2, eye(n)) + kron(X', X) + kron(eye(n), X^2)
tab. 9.7 | inv(X) | X: matrix(n, n) | X | -kron(inv(X'), inv(X))
tab. 9.7 | A*inv(X)*B | A: matrix(m, n); B: matrix(n, p); X: matrix(n, n) | X | -kron(B'*inv(X'), A*inv(X))
tab. 9.7 | X .* X | X: matrix(m, n) | X | 2*diag(vec(X))
tab. 9.7 | A .* X | A, X: matrix(m, n) | X | diag(vec(A))
tab. 9.7 | adj(X) | X: matrix(n, n) | X | det(X)*(vec(inv(X))*vec(inv(X'))' - kron(inv(X'), inv(X)))
tab. 9.7 | kron(A, X) | A: matrix(m, n); X: matrix(p, q) | X | kron(kron(eye(n), commutation(q, m)), eye(p))*kron(vec(A), eye(p*q))
tab. 9.7 | kron(X, A) | A: matrix(p, q); X: matrix(m, n) | X | kron(kron(eye(n), commutation(q, m)), eye(p))*kron(eye(m*n), vec(A))
tab. 9.7 | kron(x, a) | a: vector(m); x: vector(n) | x | kron(eye(n), a)
tab. 9.7 | kron(a, x) | a: vector(m); x: vector(n) | x | kron(a, eye(n))
tab. 9.7 | kron(x, x) | x: vector(n) | x | kron(eye(n), x) + kron(x, eye(n))
tab. 9.7 | vec(X) | X: matrix(m, n) | X | eye(m*n)
tab. 9.7 | vec(X') | X: matrix(m, n) | X | commutation(m, n)
tab. 9.7 | exp(X) | X: matrix(m, n) | X | diag(vec(exp(X)))
tab. 9.7 | diag(x) | x: vector(n) | x | diag(vec(eye(n)))*kron(ones(n), eye(n))
tab. 9.7 | tr(X)*X | X: matrix(n, n) | X | tr(X)*eye(n*n) + vec(X)*vec(eye(n))'
tab. 9.7 | det(X)*X | X: matrix(n, n) | X | det(X)*eye(n*n) + det(X)*vec(X)*vec(inv(X'))'
tab. 9.7 | X*inv(X'*X)*X' | X: matrix(n, m) | X | (eye(n*n) + commutation(n, n))*kron(X*inv(X'*X), eye(n) - X*inv(X'*X)*X')
tab. 9.7 | inv(X'*X) | X: matrix(n, m) | X | -(eye(m*m) + commutation(m, m))*kron(inv(X'*X), inv(X'*X)*X')
tab. 9.7 | pinv(X) | X: matrix(n, m) | X | (kron(eye(n) - X*pinv(X), pinv(X)*pinv(X)') + kron(pinv(X)'*pinv(X), eye(m) - pinv(X)*X))*commutation(n, m) - kron(pinv(X)', pinv(X))
(61) of ch. 8 | A*X*B*X'*C | A: matrix(k, m); X: matrix(m, n); B: matrix(n, n); C: matrix(m, p) | X | kron(C'*X*B', A) + kron(C', A*X*B)*commutation(m, n)

== Magnus & Neudecker ch. 10, Hessians == hessian
tab. 10.1 | a'*x | a, x: vector(n) | x | zeros(n, n)
tab. 10.1 | x'*A*x | A: matrix(n, n); x: vector(n) | x | A + A'
tab. 10.1 | x'*A*y | A: matrix(m, n); x: vector(m); y: vector(n) | x, y | A
tab. 10.2 | tr(A*X) | A: matrix(n, m); X: matrix(m, n) | X | zeros(m*n, m*n)
tab. 10.2 | tr(X'*X) | X: matrix(m, n) | X | 2*eye(m*n)
tab. 10.2 | tr(X*X') | X: matrix(m, n) | X | 2*eye(m*n)
tab. 10.2 | tr(X^2) | X: matrix(n, n) | X | 2*commutation(n, n)
tab. 10.2 | tr(X'*A*X) | A: matrix(m, m); X: matrix(m, n) | X | kron(eye(n), A + A')
tab. 10.2 | tr(X*A*X') | A: matrix(n, n); X: matrix(m, n) | X | kron(A + A', eye(m))
tab. 10.2 | tr(X*A*X'*B) | A: matrix(n, n); B: matrix(m, m); X: matrix(m, n) | X | kron(A', B) + kron(A, B')
tab. 10.2 | tr(X*A*X*B) | A, B: matrix(n, m); X: matrix(m, n) | X | commutation(n, m)*(kron(A', B) + kron(B', A))
tab. 10.2 | a'*X*X'*a | a: vector(m); X: matrix(m, n) | X | 2*kron(eye(n), a*a')
tab. 10.2 | a'*X'*X*a | a: vector(n); X: matrix(m, n) | X | 2*kron(a*a', eye(m))
tab. 10.2 | tr(X)^2 | X: matrix(n, n) | X | 2*vec(eye(n))*vec(eye(n))'
tab. 10.3 | logdet(X) | X: matrix(n, n) | X | -commutation(n, n)*kron(inv(X'), inv(X))
tab. 10.3 | logdet(X) | X: symmetric(n) | X | -commutation(n, n)*kron(inv(X), inv(X))
tab. 10.3 | det(X) | X: matrix(n, n) | X | det(X)*(vec(inv(X'))*vec(inv(X'))' - commutation(n, n)*kron(inv(X'), inv(X)))
tab. 10.3 | tr(inv(X)) | X: matrix(n, n) | X | commutation(n, n)*(kron((inv(X)^2)', inv(X)) + kron(inv(X)', inv(X)^2))
tab. 10.3 | a'*inv(X)*b | a, b: vector(n); X: matrix(n, n) | X | (kron(inv(X)*b*a'*inv(X), inv(X)') + kron(inv(X), inv(X)'*a*b'*inv(X)'))*commutation(n, n)
ch. 10 | tr(X^3) | X: matrix(n, n) | X | 3*commutation(n, n)*(kron(X', eye(n)) + kron(eye(n), X))
ch. 10 | x'*X*y | X: matrix(m, n); x: vector(m); y: vector(n) | x, X | kron(y', eye(m))
ch. 10 | x'*X*y | X: matrix(m, n); x: vector(m); y: vector(n) | X, y | kron(eye(n), x)
ch. 10 | tr(A*X*B*Y) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, p); Y: matrix(p, k) | X, Y | kron(B, A')*commutation(p, k)
ch. 10 | norm2(X)^2 | X: matrix(m, n) | X | 2*eye(m*n)
ch. 10 | norm2(A*X - B)^2 | A: matrix(m, n); X: matrix(n, p); B: matrix(m, p) | X | 2*kron(eye(p), A'*A)
ch. 10 | sum(X .^ 3) | X: matrix(m, n) | X | 6*diag(vec(X))
ch. 10 | sum(X)^2 | X: matrix(m, n) | X | 2*ones(m*n, m*n)

== matrixcalculus.org, documented examples == gradient
home | x'*A*x + c*sin(y)'*x | | x | (A + A')*x + c*sin(y)
home | x'*A*x + c*sin(y)'*x | | y | c*(cos(y) .* x)
home | x'*A*x + c*sin(y)'*x | | c | sin(y)'*x
home | x'*A*x + c*sin(y)'*x | | A | x*x'
quadratic | 0.5*x'*A*x + h'*x + c | | x | 0.5*(A + A')*x + h
least squares | norm2(A*x - y)^2 | | x | 2*A'*(A*x - y)
least squares | norm2(A*x - y) | | x | A'*(A*x - y)/norm2(A*x - y)
lasso | norm2(A*x - y)^2 + c*norm1(x) | | x | 2*A'*(A*x - y) + c*sign(x)
elastic net | norm2(A*x - y)^2 + c*norm1(x) + d*norm2(x)^2 | | x | 2*A'*(A*x - y) + c*sign(x) + 2*d*x
logistic regression | sum(log(exp(-y .* (X*w)) + vector(1))) | | w | -X'*(y .* exp(-y .* (X*w)) ./ (exp(-y .* (X*w)) + vector(1)))
logistic regression | c*norm2(w)^2 + sum(log(exp(-y .* (X*w)) + vector(1))) | | w | 2*c*w - X'*(y .* exp(-y .* (X*w)) ./ (exp(-y .* (X*w)) + vector(1)))
support vectors | 0.5*norm2(w)^2 + c*sum(relu(vector(1) - y .* (X*w))) | | w | w - c*X'*(y .* 1(vector(1) - y .* (X*w) > 0))
factorisation | norm2(X - U*V')^2 | | U | -2*(X - U*V')*V
factorisation | norm2(X - U*V')^2 | | V | -2*(X - U*V')'*U
factorisation | norm2(W .* (X - U*V'))^2 | | U | -2*(W .* W .* (X - U*V'))*V
completion | norm2(M .* (X*Y - A))^2 + c*norm2(X)^2 | | X | 2*(M .* M .* (X*Y - A))*Y' + 2*c*X
log det | log(det(X)) | | X | inv(X)'
trace | tr(A*X*B*X') | | X | A'*X*B' + A*X*B
covariance | tr(inv(X)*S) + log(det(X)) | S, X: symmetric(n) | X | inv(X) - inv(X)*S*inv(X)
neural network | norm2(tanh(W*x + h) - y)^2 | | W | 2*((tanh(W*x + h) - y) .* (vector(1) - tanh(W*x + h) .^ 2))*x'
neural network | norm2(tanh(W*x + h) - y)^2 | | h | 2*((tanh(W*x + h) - y) .* (vector(1) - tanh(W*x + h) .^ 2))
exponential | sum(exp(A*x)) | | x | A'*exp(A*x)
entropy | sum(x .* log(x)) | | x | log(x) + vector(1)
kl | sum(x .* log(x ./ y)) | | x | log(x ./ y) + vector(1)
kl | sum(x .* log(x ./ y)) | | y | -x ./ y
gaussian process | y'*inv(K)*y/2 + log(det(K))/2 | K: matrix(n, n); y: vector(n) | K | inv(K)'/2 - inv(K)'*y*y'*inv(K)'/2
determinant | det(A*X) | A, X: matrix(n, n) | X | det(A*X)*inv(X)'
adjugate | tr(A*adj(X)) | A, X: matrix(n, n) | X | det(X)*(tr(inv(X)*A)*inv(X)' - (inv(X)*A*inv(X))')
power | x'*(A .^ 2)*x | | A | 2*(x*x') .* A
quotient | (x'*A*x)/(x'*x) | | x | (A + A')*x/(x'*x) - 2*(x'*A*x)/(x'*x)^2*x
abs | sum(abs(A*x - y)) | | x | A'*sign(A*x - y)
diag | x'*diag(y)*x | | y | x .* x
diag | tr(diag(x)*A*diag(x)*B) | A, B: matrix(n, n); x: vector(n) | x | (A .* B' + A' .* B)*x
pinv | tr(A*pinv(X)) | X: matrix(n, m); A: matrix(n, m) | X | -pinv(X)'*A'*pinv(X)' + (eye(n) - X*pinv(X))*A*pinv(X)*pinv(X)' + pinv(X)'*pinv(X)*A*(eye(m) - pinv(X)*X)

== matrixcalculus.org, documented examples == hessian
quadratic | 0.5*x'*A*x + h'*x + c | | x | 0.5*(A + A')
least squares | norm2(A*x - y)^2 | | x | 2*A'*A
logistic regression | sum(log(exp(-y .* (X*w)) + vector(1))) | | w | X'*diag(y .* y .* exp(-y .* (X*w)) ./ (exp(-y .* (X*w)) + vector(1)) .^ 2)*X
exponential | sum(exp(A*x)) | | x | A'*diag(exp(A*x))*A
entropy | sum(x .* log(x)) | | x | diag(vector(1) ./ x)

== matrixcalculus.org, documented examples == jacobian
affine | A*x - y | | x | A
chain | sin(A*x) | | x | diag(cos(A*x))*A
chain | exp(A*x) .* y | | x | diag(exp(A*x) .* y)*A
quotient | x/norm2(x) | x: vector(n) | x | eye(n)/norm2(x) - x*x'/norm2(x)^3
quadratic | (x'*A*x)*y | | x | y*x'*(A + A')

== SymPy, test_derivatives == gradient
trace | tr(X*A*X'*B) | A: matrix(n, n); B: matrix(m, m); X: matrix(m, n) | X | B*X*A + B'*X*A'
matmul | a'*X*b*a'*X*b | a: vector(m); b: vector(n); X: matrix(m, n) | X | 2*a*a'*X*b*b'
matmul | a'*x*x'*x | a, x: vector(n) | x | a*x'*x + 2*x*a'*x
matmul | (a'*x)^2 | a, x: vector(n) | x | 2*a*a'*x
matmul | x'*x*y'*y | x, y: vector(n) | x | 2*x*y'*y
vectors | x'*x*x'*A*x | A: matrix(n, n); x: vector(n) | x | 2*x*x'*A*x + x'*x*(A + A')*x
hadamard | a'*(x .* x) | a, x: vector(n) | x | 2*a .* x
hadamard | a'*(x .^ 3) | a, x: vector(n) | x | 3*a .* x .^ 2
hadamard | x'*x .^ 2 | x: vector(n) | x | 3*x .^ 2
hadamard | sum(x .* y .* z) | x, y, z: vector(n) | y | x .* z
hadamard | a'*(A .* X)*b | A, X: matrix(m, n); a: vector(m); b: vector(n) | X | A .* (a*b')
hadamard | tr(A*(X .* X)) | A: matrix(n, m); X: matrix(m, n) | X | 2*A' .* X
hadamard | tr(A .* X) | A, X: matrix(n, n) | X | A .* eye(n)
hadamard | a'*X .^ 2*b | X: matrix(m, n); a: vector(m); b: vector(n) | X | 2*(a*b') .* X
applyfunc | sum(sin(x)) | x: vector(n) | x | cos(x)
applyfunc | a'*sin(X*b) | X: matrix(m, n); a: vector(m); b: vector(n) | X | (a .* cos(X*b))*b'
applyfunc | a'*sin(A*X*b) | A: matrix(k, m); X: matrix(m, n); a: vector(k); b: vector(n) | X | A'*(a .* cos(A*X*b))*b'
applyfunc | a'*sigma(A*X*b) | A: matrix(k, m); X: matrix(m, n); a: vector(k); b: vector(n); sigma: function | X | A'*(a .* sigma'(A*X*b))*b'
applyfunc | a'*sigma(X)*b | X: matrix(m, n); a: vector(m); b: vector(n); sigma: function | X | (a*b') .* sigma'(X)
applyfunc | a'*sin(A*x*b')*c | A: matrix(m, n); x: vector(n); a: vector(m); b, c: vector(p) | x | A'*diag(a)*cos(A*x*b')*diag(b)*c
applyfunc | log(sum(exp(A*x))) | A: matrix(m, n); x: vector(n) | x | A'*exp(A*x)/sum(exp(A*x))
applyfunc | x'*sin(x) | x: vector(n) | x | sin(x) + x .* cos(x)
applyfunc | sum(log(exp(A*x))) | A: matrix(m, n); x: vector(n) | x | A'*ones(m)
applyfunc | exp(tr(A*X)) | A: matrix(n, m); X: matrix(m, n) | X | exp(tr(A*X))*A'
applyfunc | exp(x'*A*x) | A: matrix(n, n); x: vector(n) | x | exp(x'*A*x)*(A + A')*x
applyfunc | sin(tr(X)) | X: matrix(n, n) | X | cos(tr(X))*eye(n)
scalar | sqrt(x'*x) | x: vector(n) | x | x/sqrt(x'*x)
scalar | (x'*x)^3 | x: vector(n) | x | 6*(x'*x)^2*x
scalar | 1/(x'*A*x) | A: matrix(n, n); x: vector(n) | x | -(A + A')*x/(x'*A*x)^2
scalar | sqrt(tr(A'*A)) | A: matrix(m, n) | A | A/sqrt(tr(A'*A))
scalar | tr(A) + 1 | A: matrix(n, n) | A | eye(n)
scalar | tr(A'*A) + tr(B'*B) | A, B: matrix(m, n) | A | 2*A
scalar | tr(A) + tr(A^2) | A: matrix(n, n) | A | eye(n) + 2*A'
scalar | norm2(A*x - b) + norm2(x) | A: matrix(m, n); x: vector(n); b: vector(m) | x | A'*(A*x - b)/norm2(A*x - b) + x/norm2(x)
scalar | log(tr(X'*X)) | X: matrix(m, n) | X | 2*X/tr(X'*X)
scalar | tr(X)^3*x'*X*x | X: matrix(n, n); x: vector(n) | X | 3*tr(X)^2*(x'*X*x)*eye(n) + tr(X)^3*x*x'
intricate | a'*(A*X*(X'*B + X*A) + B'*X'*(a*b'*(X*D*X' + X*(X'*B + A*X)*D*B - X'*C'*A)*B + B*(X*D' + B*A*X*A' - 3*X*D))*B + 42*X*B*X'*A'*(X + X'))*b | A, B, C, D, X: matrix(n, n); a, b: vector(n) | X | (B*(B*A*X*A' - 3*X*D + X*D') + a*b'*(X*(A*X + X'*B)*D*B + X*D*X' - X'*C'*A)*B)*B*b*a'*B' + B^2*b*a'*B'*X'*a*b'*X*D + 42*A*X*B'*X'*a*b' + B*D*B^3*b*a'*B'*X'*a*b'*X + B*b*a'*A*X + a*b'*(42*X + 42*X')*A*X*B' + b*a'*X*B*a*b'*B'^2*X*D' + b*a'*X*B*a*b'*B'^3*D'*(B'*X + X'*A') + 42*b*a'*X*B*X'*A' + A'*(42*X + 42*X')*b*a'*X*B + A'*B'^2*X*B*a*b'*B'*A + A'*a*b'*(A'*X' + B'*X) + A'*X'*b*a'*X*B*a*b'*B'^3*D' + B'*X*B*a*b'*B'*D - 3*B'*X*B*a*b'*B'*D' - C'*A*B^2*b*a'*B'*X'*a*b' + X'*A'*a*b'*A'
nested | x'*(A*(B*x + x) + x) | A, B: matrix(n, n); x: vector(n) | x | (A*B + A + B'*A' + A')*x + 2*x
nested | tr((A + X)*(A + X)'*(B + X*X')) | A, B, X: matrix(n, n) | X | (B + X*X' + (B + X*X')')*(A + X) + 2*(A + X)*(A + X)'*X
intricate | a'*inv(A + X*B)*b | A: matrix(m, m); X: matrix(m, n); B: matrix(n, m); a, b: vector(m) | X | -inv(A + X*B)'*a*b'*inv(A + X*B)'*B'
intricate | tr(inv(X)*A*inv(X)*B) | A, B, X: matrix(n, n) | X | -inv(X)'*B'*inv(X)'*A'*inv(X)' - inv(X)'*A'*inv(X)'*B'*inv(X)'

== SymPy, test_derivatives == jacobian
identity | X*A | X: matrix(m, n); A: matrix(n, p) | X | kron(A', eye(m))
identity | A*X | A: matrix(k, m); X: matrix(m, n) | X | kron(eye(n), A)
vectors | (a'*x)*x | a, x: vector(n) | x | (a'*x)*eye(n) + x*a'
vectors | x*x'*x | x: vector(n) | x | (x'*x)*eye(n) + 2*x*x'
vectors | A*x/(x'*x) | A: matrix(m, n); x: vector(n) | x | A/(x'*x) - 2*A*x*x'/(x'*x)^2
hadamard | x .* x | x: vector(n) | x | 2*diag(x)
hadamard | x .* (A*x) | A: matrix(n, n); x: vector(n) | x | diag(A*x) + diag(x)*A
hadamard | x .^ 3 | x: vector(n) | x | 3*diag(x .^ 2)
applyfunc | sin(x) | x: vector(n) | x | diag(cos(x))
applyfunc | sin(A*x) | A: matrix(m, n); x: vector(n) | x | diag(cos(A*x))*A
applyfunc | sin(cos(A*x)) | A: matrix(m, n); x: vector(n) | x | -diag(cos(cos(A*x)) .* sin(A*x))*A
applyfunc | log(exp(A*x)) | A: matrix(m, n); x: vector(n) | x | A
applyfunc | sigma(X) | X: matrix(m, n); sigma: function | X | diag(vec(sigma'(X)))
applyfunc | A*sin(X)*B | A: matrix(k, m); X: matrix(m, n); B: matrix(n, p) | X | kron(B', A)*diag(vec(cos(X)))

== tensorgrad, networks and losses == gradient
mse | norm2(X*W - Y)^2/N | N, D, K: dim; X: matrix(N, D); W: matrix(D, K); Y: matrix(N, K) | W | 2*X'*(X*W - Y)/N
two layers | norm2(relu(X*W)*V - Y)^2 | X: matrix(N, D); W: matrix(D, H); V: matrix(H, K); Y: matrix(N, K) | V | 2*relu(X*W)'*(relu(X*W)*V - Y)
two layers | norm2(relu(X*W)*V - Y)^2 | X: matrix(N, D); W: matrix(D, H); V: matrix(H, K); Y: matrix(N, K) | W | 2*X'*(((relu(X*W)*V - Y)*V') .* 1(X*W > 0))
cross-entropy | -sum(Y .* log(softmax(X*W)))/N | X: matrix(N, D); W: matrix(D, K); Y: onehot(N, K) | W | X'*(softmax(X*W) - Y)/N
cross-entropy | -sum(Y .* log(softmax(X*W)))/N | X: matrix(N, D); W: matrix(D, K); Y: onehot(N, K) | X | (softmax(X*W) - Y)*W'/N
cross-entropy | -y'*log(softmax(x)) | x: vector(n); y: vector(n) | x | sum(y)*softmax(x) - y
cross-entropy | -sum(Y .* log_softmax(Z)) | Z: matrix(N, K); Y: labels(N, K) | Z | softmax(Z) - Y
log-sum-exp | logsumexp(x) | x: vector(n) | x | softmax(x)
log-sum-exp | logsumexp(A*x) | A: matrix(m, n); x: vector(n) | x | A'*softmax(A*x)
log-sum-exp | sum(logsumexp(X)) | X: matrix(m, n) | X | softmax(X)
softmax | a'*softmax(x) | a, x: vector(n) | x | softmax(x) .* (a - a'*softmax(x))
softmax | sum(A .* softmax(X)) | A, X: matrix(m, n) | X | softmax(X) .* (A - rowsum(A .* softmax(X)))
softmax | norm2(softmax(X) - Y)^2 | X, Y: matrix(m, n) | X | 2*softmax(X) .* (softmax(X) - Y - rowsum((softmax(X) - Y) .* softmax(X)))
attention | sum(G .* (softmax(Q*K'/sqrt(d))*V)) | Q: matrix(N, D); K: matrix(M, D); V: matrix(M, E); G: matrix(N, E); d: scalar | V | softmax(Q*K'/sqrt(d))'*G
attention | sum(G .* (P*V)) | Q: matrix(N, D); K: matrix(M, D); V: matrix(M, E); G: matrix(N, E); d: scalar; P = softmax(Q*K'/sqrt(d)) | Q | (P .* (G*V' - rowsum(P .* (G*V'))))*K/sqrt(d)
attention | sum(G .* (P*V)) | Q: matrix(N, D); K: matrix(M, D); V: matrix(M, E); G: matrix(N, E); d: scalar; P = softmax(Q*K'/sqrt(d)) | K | (P .* (G*V' - rowsum(P .* (G*V'))))'*Q/sqrt(d)
attention | sum(G .* (P*V)) | Q: matrix(N, D); K: matrix(M, D); V: matrix(M, E); G: matrix(N, E); d: scalar; P = softmax(Q*K'/sqrt(d)) | P | G*V'
bias | norm2(X*W + b - Y)^2 | X: matrix(N, D); W: matrix(D, K); b: row(K); Y: matrix(N, K) | b | 2*colsum(X*W + b - Y)
bias | -sum(Y .* log(softmax(X*W + b)))/N | X: matrix(N, D); W: matrix(D, K); b: row(K); Y: onehot(N, K) | b | colsum(softmax(X*W + b) - Y)/N
frobenius | norm2(A*X*B - C)^2 | A: matrix(k, m); X: matrix(m, n); B: matrix(n, p); C: matrix(k, p) | X | 2*A'*(A*X*B - C)*B'
frobenius | norm2(X'*X - A)^2 | X: matrix(m, n); A: symmetric(n) | X | 4*X*(X'*X - A)
frobenius | norm2(X*X' - A)^2 | X: matrix(m, n); A: matrix(m, m) | X | 2*(X*X' - A + (X*X' - A)')*X
frobenius | norm2(X' - A)^2 | X: matrix(m, n); A: matrix(n, m) | X | 2*(X - A')
residual | norm2(x + W*tanh(V*x) - y)^2 | V: matrix(m, n); W: matrix(n, m); x, y: vector(n) | W | 2*(x + W*tanh(V*x) - y)*tanh(V*x)'
gating | sum((sigmoid(X*W) .* (X*V))*a) | X: matrix(N, D); W, V: matrix(D, H); a: vector(H) | W | X'*(ones(N)*a' .* (X*V) .* sigmoid(X*W) .* (1 - sigmoid(X*W)))
gating | sum((sigmoid(X*W) .* (X*V))*a) | X: matrix(N, D); W, V: matrix(D, H); a: vector(H) | V | X'*(ones(N)*a' .* sigmoid(X*W))
layer norm | a'*((x - mean(x))/norm2(x - mean(x))) | a, x: vector(n) | x | (a - mean(a))/norm2(x - mean(x)) - a'*(x - mean(x))/norm2(x - mean(x))^3*(x - mean(x))
centering | norm2(X - mean(X, axis=0))^2 | X: matrix(m, n) | X | 2*(X - mean(X, axis=0))
variance | norm2(x - mean(x))^2/n | x: vector(n) | x | 2*(x - mean(x))/n
mean | mean(X) | X: matrix(m, n) | X | ones(m, n)/(m*n)
mean | mean(x .^ 2) | x: vector(n) | x | 2*x/n
weight decay | norm2(X*w - y)^2/n + a*norm2(w)^2 | X: matrix(n, m); w: vector(m); y: vector(n); a: scalar | w | 2*X'*(X*w - y)/n + 2*a*w

== tensorgrad, networks and losses == jacobian
softmax | softmax(x) | x: vector(n) | x | diag(softmax(x)) - softmax(x)*softmax(x)'
softmax | softmax(A*x) | A: matrix(m, n); x: vector(n) | x | (diag(softmax(A*x)) - softmax(A*x)*softmax(A*x)')*A
log-softmax | log_softmax(x) | x: vector(n) | x | eye(n) - ones(n)*softmax(x)'
softmax by rows | softmax(X) | X: matrix(m, n) | X | diag(vec(softmax(X))) - diag(vec(softmax(X)))*kron(ones(n, n), eye(m))*diag(vec(softmax(X)))
relu | relu(A*x) | A: matrix(m, n); x: vector(n) | x | diag(1(A*x > 0))*A
layer | tanh(W*x + b) | W: matrix(m, n); x: vector(n); b: vector(m) | b | diag(1 - tanh(W*x + b) .^ 2)
layer | tanh(W*x + b) | W: matrix(m, n); x: vector(n); b: vector(m) | x | diag(1 - tanh(W*x + b) .^ 2)*W
layer | tanh(W*x + b) | W: matrix(m, n); x: vector(n); b: vector(m) | W | kron(x', diag(1 - tanh(W*x + b) .^ 2))
normalised | x/sum(x) | x: vector(n) | x | eye(n)/sum(x) - x*ones(1, n)/sum(x)^2
centered | x - mean(x) | x: vector(n) | x | eye(n) - ones(n, n)/n
rowsum | rowsum(X) | X: matrix(m, n) | X | kron(ones(1, n), eye(m))
colsum | colsum(X) | X: matrix(m, n) | X | kron(eye(n), ones(1, m))

== tensorgrad, networks and losses == hessian
mse | norm2(X*w - y)^2 | X: matrix(m, n); w: vector(n); y: vector(m) | w | 2*X'*X
log-sum-exp | logsumexp(x) | x: vector(n) | x | diag(softmax(x)) - softmax(x)*softmax(x)'
log-sum-exp | logsumexp(A*x) | A: matrix(m, n); x: vector(n) | x | A'*(diag(softmax(A*x)) - softmax(A*x)*softmax(A*x)')*A
cross-entropy | -y'*log_softmax(x) | x, y: vector(n) | x | sum(y)*(diag(softmax(x)) - softmax(x)*softmax(x)')
cross-entropy | -log(softmax(x))'*y | x, y: vector(n) | x, y | softmax(x)*ones(1, n) - eye(n)
factorisation | norm2(A - U*V')^2 | A: matrix(m, n); U: matrix(m, k); V: matrix(n, k) | U | 2*kron(V'*V, eye(m))
factorisation | norm2(A - U*V')^2 | A: matrix(m, n); U: matrix(m, k); V: matrix(n, k) | V | 2*kron(U'*U, eye(n))

== cs231n notes == gradient
vector derivatives | y'*W*x | W: matrix(m, n); x: vector(n); y: vector(m) | x | W'*y
vector derivatives | sum(G .* (X*W)) | X: matrix(N, D); W: matrix(D, M); G: matrix(N, M) | X | G*W'
vector derivatives | sum(G .* (X*W)) | X: matrix(N, D); W: matrix(D, M); G: matrix(N, M) | W | X'*G
affine | sum(G .* (X*W + b)) | X: matrix(N, D); W: matrix(D, M); b: row(M); G: matrix(N, M) | b | sum(G, axis=0)
relu | sum(G .* max(0, X)) | G, X: matrix(N, D) | X | G .* 1(X > 0)
svm | sum(max(0, S - s + 1) .* M) | S, M: matrix(N, C); s: vector(N) | S | 1(S - s + 1 > 0) .* M
svm | sum(max(0, S - s + 1) .* M) | S, M: matrix(N, C); s: vector(N) | s | -rowsum(1(S - s + 1 > 0) .* M)
sigmoid neuron | sigmoid(w'*x + b) | w, x: vector(n); b: scalar | w | sigmoid(w'*x + b)*(1 - sigmoid(w'*x + b))*x
sigmoid neuron | sigmoid(w'*x + b) | w, x: vector(n); b: scalar | b | sigmoid(w'*x + b)*(1 - sigmoid(w'*x + b))
staged | (x + sigmoid(y))/(sigmoid(x) + (x + y)^2) | x, y: scalar | x | 1/(sigmoid(x) + (x + y)^2) - (x + sigmoid(y))*(sigmoid(x)*(1 - sigmoid(x)) + 2*(x + y))/(sigmoid(x) + (x + y)^2)^2
case study | -sum(y .* log(softmax(h*W2 + b2)))/N + 1/2*r*sum(W2 .* W2) | X: matrix(N, D); W: matrix(D, H); b: row(H); W2: matrix(H, K); b2: row(K); y: labels(N, K); r: scalar; h = max(0, X*W + b) | W2 | h'*(softmax(h*W2 + b2) - y)/N + r*W2
case study | -sum(y .* log(softmax(h*W2 + b2)))/N + 1/2*r*sum(W2 .* W2) | X: matrix(N, D); W: matrix(D, H); b: row(H); W2: matrix(H, K); b2: row(K); y: labels(N, K); r: scalar; h = max(0, X*W + b) | W | X'*((softmax(h*W2 + b2) - y)*W2' .* 1(h > 0))/N
case study | -sum(y .* log(softmax(h*W2 + b2)))/N + 1/2*r*sum(W2 .* W2) | X: matrix(N, D); W: matrix(D, H); b: row(H); W2: matrix(H, K); b2: row(K); y: labels(N, K); r: scalar; h = max(0, X*W + b) | b | colsum((softmax(h*W2 + b2) - y)*W2' .* 1(h > 0))/N
case study | -sum(y .* log(softmax(h*W2 + b2)))/N + 1/2*r*sum(W2 .* W2) | X: matrix(N, D); W: matrix(D, H); b: row(H); W2: matrix(H, K); b2: row(K); y: labels(N, K); r: scalar; h = max(0, X*W + b) | h | (softmax(h*W2 + b2) - y)*W2'/N

== cs224n, Computing neural network gradients == jacobian
(1) | W*x | W: matrix(m, n); x: vector(n) | x | W
(2) | x*W | W: matrix(n, m); x: row(n) | x | W'
(3) | x | x: vector(n) | x | eye(n)
(4) | sigma(x) | x: vector(n); sigma: function | x | diag(sigma'(x))

== cs224n, Computing neural network gradients == gradient
(5) | s'*W*x | W: matrix(m, n); x: vector(n); s: vector(m) | W | s*x'
(6) | x*W*s | W: matrix(n, m); x: row(n); s: vector(m) | W | x'*s'
(7) | -y'*log(softmax(x)) | x: vector(n); y: vector(n) | x | sum(y)*softmax(x) - y
(7) | -sum(Y .* log(softmax(Z))) | Y: onehot(N, C); Z: matrix(N, C) | Z | softmax(Z) - Y
1-layer | -y*log(softmax(relu(x*W + b)*U + c))' | x: row(D); W: matrix(D, H); b: row(H); U: matrix(H, N); c: row(N); y: onehot(1, N) | c | softmax(relu(x*W + b)*U + c) - y
1-layer | -y*log(softmax(relu(x*W + b)*U + c))' | x: row(D); W: matrix(D, H); b: row(H); U: matrix(H, N); c: row(N); y: onehot(1, N) | U | relu(x*W + b)'*(softmax(relu(x*W + b)*U + c) - y)
1-layer | -y*log(softmax(relu(x*W + b)*U + c))' | x: row(D); W: matrix(D, H); b: row(H); U: matrix(H, N); c: row(N); y: onehot(1, N) | b | (softmax(relu(x*W + b)*U + c) - y)*U' .* 1(x*W + b > 0)
1-layer | -y*log(softmax(relu(x*W + b)*U + c))' | x: row(D); W: matrix(D, H); b: row(H); U: matrix(H, N); c: row(N); y: onehot(1, N) | W | x'*((softmax(relu(x*W + b)*U + c) - y)*U' .* 1(x*W + b > 0))
1-layer | -y*log(softmax(relu(x*W + b)*U + c))' | x: row(D); W: matrix(D, H); b: row(H); U: matrix(H, N); c: row(N); y: onehot(1, N) | x | ((softmax(relu(x*W + b)*U + c) - y)*U' .* 1(x*W + b > 0))*W'
window | u'*sigma(W*x + b) | W: matrix(m, n); x: vector(n); b, u: vector(m); sigma: function | W | (u .* sigma'(W*x + b))*x'
window | u'*sigma(W*x + b) | W: matrix(m, n); x: vector(n); b, u: vector(m); sigma: function | b | u .* sigma'(W*x + b)
window | u'*sigma(W*x + b) | W: matrix(m, n); x: vector(n); b, u: vector(m); sigma: function | x | W'*(u .* sigma'(W*x + b))
word2vec | -log(sigmoid(u'*v)) | u, v: vector(n) | v | (sigmoid(u'*v) - 1)*u
word2vec | -log(sigmoid(o'*v)) - sum(log(sigmoid(-U*v))) | U: matrix(m, n); o, v: vector(n) | v | (sigmoid(o'*v) - 1)*o + U'*sigmoid(U*v)
word2vec | -y'*log(softmax(U'*v)) | U: matrix(n, m); v: vector(n); y: vector(m) | v | U*(sum(y)*softmax(U'*v) - y)

== Regression (Hastie et al.; Bishop; cs229) == gradient
least squares | norm2(X*w - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n) | w | 2*X'*(X*w - y)
least squares | (y - X*w)'*(y - X*w) | X: matrix(n, m); w: vector(m); y: vector(n) | w | -2*X'*(y - X*w)
least squares | norm2(X*w - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n) | X | 2*(X*w - y)*w'
least squares | norm2(X*w - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n) | y | -2*(X*w - y)
least squares | norm2(X*W - Y)^2/2 | X: matrix(n, m); W: matrix(m, p); Y: matrix(n, p) | W | X'*(X*W - Y)
weighted | (y - X*w)'*S*(y - X*w) | X: matrix(n, m); w: vector(m); y: vector(n); S: diagonal(n) | w | -2*X'*S*(y - X*w)
weighted | sum(s .* (X*w - y) .^ 2) | X: matrix(n, m); w: vector(m); y, s: vector(n) | w | 2*X'*(s .* (X*w - y))
ridge | norm2(X*w - y)^2 + a*norm2(w)^2 | X: matrix(n, m); w: vector(m); y: vector(n); a: scalar | w | 2*X'*(X*w - y) + 2*a*w
ridge | norm2(X*w - y)^2 + a*norm2(w)^2 | X: matrix(n, m); w: vector(m); y: vector(n); a: scalar | a | norm2(w)^2
ridge | norm2(X*W - Y)^2 + a*norm2(W)^2 | X: matrix(n, m); W: matrix(m, p); Y: matrix(n, p); a: scalar | W | 2*X'*(X*W - Y) + 2*a*W
tikhonov | norm2(X*w - y)^2 + norm2(L*w)^2 | X: matrix(n, m); w: vector(m); y: vector(n); L: matrix(p, m) | w | 2*X'*(X*w - y) + 2*L'*L*w
intercept | norm2(X*w + c - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n); c: scalar | c | 2*sum(X*w + c - y)
intercept | norm2(X*w + c - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n); c: scalar | w | 2*X'*(X*w + c - y)
logistic | sum(y .* log(sigmoid(X*w)) + (1 - y) .* log(1 - sigmoid(X*w))) | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*(y - sigmoid(X*w))
logistic | sum(log(1 + exp(-y .* (X*w)))) | X: matrix(n, m); w: vector(m); y: vector(n) | w | -X'*(y .* sigmoid(-y .* (X*w)))
logistic | sum(softplus(X*w)) - y'*X*w | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*(sigmoid(X*w) - y)
logistic | sum(log(1 + exp(X*w))) - y'*X*w | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*(sigmoid(X*w) - y)
softmax regression | sum(logsumexp(X*W)) - tr(Y'*X*W) | X: matrix(n, m); W: matrix(m, p); Y: matrix(n, p) | W | X'*(softmax(X*W) - Y)
poisson | sum(exp(X*w)) - y'*X*w | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*(exp(X*w) - y)
hinge | sum(max(0, 1 - y .* (X*w))) | X: matrix(n, m); w: vector(m); y: vector(n) | w | -X'*(y .* 1(1 - y .* (X*w) > 0))
lasso | norm2(X*w - y)^2/2 + a*norm1(w) | X: matrix(n, m); w: vector(m); y: vector(n); a: scalar | w | X'*(X*w - y) + a*sign(w)
absolute | norm1(X*w - y) | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*sign(X*w - y)
kernel ridge | norm2(K*x - y)^2 + a*x'*K*x | K: symmetric(n); x, y: vector(n); a: scalar | x | 2*K*(K*x - y) + 2*a*K*x
mahalanobis | (x - u)'*inv(S)*(x - u) | S: symmetric(n); u, x: vector(n) | x | 2*inv(S)*(x - u)
mahalanobis | (x - u)'*inv(S)*(x - u) | S: symmetric(n); u, x: vector(n) | S | -inv(S)*(x - u)*(x - u)'*inv(S)

== Regression (Hastie et al.; Bishop; cs229) == hessian
least squares | norm2(X*w - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n) | w | 2*X'*X
ridge | norm2(X*w - y)^2 + a*norm2(w)^2 | X: matrix(n, m); w: vector(m); y: vector(n); a: scalar | w | 2*(X'*X + a*eye(m))
ridge | norm2(X*w - y)^2 + a*norm2(w)^2 | X: matrix(n, m); w: vector(m); y: vector(n); a: scalar | w, a | 2*w
weighted | (y - X*w)'*S*(y - X*w) | X: matrix(n, m); w: vector(m); y: vector(n); S: diagonal(n) | w | 2*X'*S*X
logistic | sum(softplus(X*w)) - y'*X*w | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*diag(sigmoid(X*w) .* (1 - sigmoid(X*w)))*X
logistic | sum(log(1 + exp(X*w))) - y'*X*w | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*diag(sigmoid(X*w) .* (1 - sigmoid(X*w)))*X
logistic | sum(y .* log(sigmoid(X*w)) + (1 - y) .* log(1 - sigmoid(X*w))) | X: matrix(n, m); w: vector(m); y: vector(n) | w | -X'*diag(sigmoid(X*w) .* (1 - sigmoid(X*w)))*X
poisson | sum(exp(X*w)) - y'*X*w | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*diag(exp(X*w))*X
softmax regression | logsumexp(W'*x) - y'*W'*x | W: matrix(m, p); x: vector(m); y: vector(p) | x | W*(diag(softmax(W'*x)) - softmax(W'*x)*softmax(W'*x)')*W'
softmax regression | logsumexp(W*x) - y'*W*x | W: matrix(p, m); x: vector(m); y: vector(p) | W | kron(x*x', diag(softmax(W*x)) - softmax(W*x)*softmax(W*x)')
multiple outputs | norm2(X*W - Y)^2 | X: matrix(n, m); W: matrix(m, p); Y: matrix(n, p) | W | 2*kron(eye(p), X'*X)
mahalanobis | (x - u)'*inv(S)*(x - u) | S: symmetric(n); u, x: vector(n) | x | 2*inv(S)
mahalanobis | (x - u)'*inv(S)*(x - u) | S: symmetric(n); u, x: vector(n) | x, u | -2*inv(S)

== Gaussian likelihoods (Bishop; Murphy; Matrix Cookbook 8) == gradient
by the mean | -1/2*(x - u)'*inv(S)*(x - u) | S: symmetric(n); u, x: vector(n) | u | inv(S)*(x - u)
by the covariance | -1/2*logdet(S) - 1/2*(x - u)'*inv(S)*(x - u) | S: symmetric(n); u, x: vector(n) | S | 1/2*(inv(S)*(x - u)*(x - u)'*inv(S) - inv(S))
by the covariance | -N/2*logdet(S) - N/2*tr(inv(S)*C) | N: dim; S, C: symmetric(n) | S | N/2*(inv(S)*C*inv(S) - inv(S))
by the precision | 1/2*logdet(L) - 1/2*(x - u)'*L*(x - u) | L: symmetric(n); u, x: vector(n) | L | 1/2*(inv(L) - (x - u)*(x - u)')
graphical lasso | -logdet(L) + tr(C*L) + a*norm1(L) | L, C: symmetric(n); a: scalar | L | -inv(L) + C + a*sign(L)
rows of data | -1/2*tr((X - u)*inv(S)*(X - u)') | X: matrix(n, m); u: row(m); S: symmetric(m) | u | colsum(X - u)*inv(S)
rows of data | -1/2*tr((X - u)*inv(S)*(X - u)') | X: matrix(n, m); u: row(m); S: symmetric(m) | X | -(X - u)*inv(S)
isotropic | -n/2*log(2*pi*s) - norm2(x - u)^2/(2*s) | u, x: vector(n); s: scalar | s | norm2(x - u)^2/(2*s^2) - n/(2*s)
density | exp(-1/2*(x - u)'*inv(S)*(x - u)) | S: symmetric(n); u, x: vector(n) | x | -exp(-1/2*(x - u)'*inv(S)*(x - u))*inv(S)*(x - u)
linear gaussian | -1/2*(y - A*x)'*inv(R)*(y - A*x) - 1/2*x'*inv(S)*x | A: matrix(m, n); R: symmetric(m); S: symmetric(n); x: vector(n); y: vector(m) | x | A'*inv(R)*(y - A*x) - inv(S)*x
factor analysis | logdet(W*W' + P) + tr(inv(W*W' + P)*S) | W: matrix(n, m); P: diagonal(n); S: symmetric(n) | W | 2*inv(W*W' + P)*W - 2*inv(W*W' + P)*S*inv(W*W' + P)*W
kl of gaussians | 1/2*(tr(inv(R)*S) + u'*inv(R)*u - logdet(S) + logdet(R)) | R, S: symmetric(n); u: vector(n) | S | 1/2*(inv(R) - inv(S))
kl of gaussians | 1/2*(tr(inv(R)*S) + u'*inv(R)*u - logdet(S) + logdet(R)) | R, S: symmetric(n); u: vector(n) | u | inv(R)*u
cholesky | -logdet(L) + 1/2*norm2(L'*x)^2 | L: matrix(n, n); x: vector(n) | L | x*x'*L - inv(L)'
wishart | (a - 1)/2*logdet(X) - 1/2*tr(inv(V)*X) | a: scalar; V, X: symmetric(n) | X | (a - 1)/2*inv(X) - 1/2*inv(V)
student | (a + n)/2*log(1 + x'*inv(S)*x/a) | a: scalar; S: symmetric(n); x: vector(n) | x | (a + n)*inv(S)*x/(a + x'*inv(S)*x)

== Gaussian likelihoods (Bishop; Murphy; Matrix Cookbook 8) == hessian
by the mean | -1/2*(x - u)'*inv(S)*(x - u) | S: symmetric(n); u, x: vector(n) | u | -inv(S)
by the precision | 1/2*logdet(L) - 1/2*(x - u)'*L*(x - u) | L: symmetric(n); u, x: vector(n) | L | -1/2*commutation(n, n)*kron(inv(L), inv(L))
linear gaussian | 1/2*(y - A*x)'*inv(R)*(y - A*x) + 1/2*x'*inv(S)*x | A: matrix(m, n); R: symmetric(m); S: symmetric(n); x: vector(n); y: vector(m) | x | A'*inv(R)*A + inv(S)
density | exp(-1/2*x'*L*x) | L: symmetric(n); x: vector(n) | x | exp(-1/2*x'*L*x)*(L*x*x'*L - L)

== Gaussian processes (Rasmussen & Williams ch. 5) == gradient
(5.8) | -1/2*y'*inv(K)*y - 1/2*logdet(K) | K: symmetric(n); y: vector(n) | K | 1/2*(inv(K)*y*y'*inv(K) - inv(K))
(5.9) | -1/2*y'*inv(K + s*eye(n))*y - 1/2*logdet(K + s*eye(n)) | K: symmetric(n); y: vector(n); s: scalar | s | 1/2*(y'*inv(K + s*eye(n))*inv(K + s*eye(n))*y - tr(inv(K + s*eye(n))))
(5.8) | -1/2*y'*inv(K + s*eye(n))*y - 1/2*logdet(K + s*eye(n)) | K: symmetric(n); y: vector(n); s: scalar | y | -inv(K + s*eye(n))*y
(5.9) | 1/2*y'*inv(a*K)*y + 1/2*logdet(a*K) | K: symmetric(n); y: vector(n); a: scalar | a | n/(2*a) - y'*inv(K)*y/(2*a^2)
linear kernel | 1/2*y'*inv(X*X' + s*eye(n))*y | X: matrix(n, m); y: vector(n); s: scalar | X | -inv(X*X' + s*eye(n))*y*y'*inv(X*X' + s*eye(n))*X
linear kernel | logdet(X*X' + s*eye(n)) | X: matrix(n, m); s: scalar | X | 2*inv(X*X' + s*eye(n))*X

== Matrix factorisation and subspaces == gradient
plain | norm2(A - U*V)^2 | A: matrix(m, n); U: matrix(m, k); V: matrix(k, n) | U | -2*(A - U*V)*V'
plain | norm2(A - U*V)^2 | A: matrix(m, n); U: matrix(m, k); V: matrix(k, n) | V | -2*U'*(A - U*V)
regularised | norm2(A - U*V')^2 + a*norm2(U)^2 + a*norm2(V)^2 | A: matrix(m, n); U: matrix(m, k); V: matrix(n, k); a: scalar | U | 2*(U*V' - A)*V + 2*a*U
masked | norm2(W .* (A - U*V'))^2 | A: matrix(m, n); W: matrix(m, n); U: matrix(m, k); V: matrix(n, k) | V | -2*(W .^ 2 .* (A - U*V'))'*U
nmf, kl | sum(W*H) - sum(A .* log(W*H)) | A: matrix(m, n); W: matrix(m, k); H: matrix(k, n) | W | (1 - A ./ (W*H))*H'
nmf, kl | sum(W*H) - sum(A .* log(W*H)) | A: matrix(m, n); W: matrix(m, k); H: matrix(k, n) | H | W'*(1 - A ./ (W*H))
three factors | norm2(A - U*S*V')^2 | A: matrix(m, n); U: matrix(m, k); S: matrix(k, l); V: matrix(n, l) | S | -2*U'*(A - U*S*V')*V
symmetric | norm2(A - U*U')^2 | A: symmetric(n); U: matrix(n, k) | U | -4*(A - U*U')*U
pca | tr(W'*S*W) | W: matrix(n, k); S: symmetric(n) | W | 2*S*W
pca | norm2(X - W*W'*X)^2 | X: matrix(m, n); W: matrix(m, k) | W | -2*((X - W*W'*X)*X'*W + X*(X - W*W'*X)'*W)
pca, lagrangian | tr(W'*S*W) - tr(L*(W'*W - eye(k))) | W: matrix(n, k); S: symmetric(n); L: matrix(k, k) | W | 2*S*W - W*(L + L')
orthogonality | norm2(W'*W - eye(k))^2 | W: matrix(n, k) | W | 4*W*(W'*W - eye(k))
rayleigh | x'*A*x/(x'*x) | A: symmetric(n); x: vector(n) | x | 2/(x'*x)*(A*x - x'*A*x/(x'*x)*x)
rayleigh | x'*A*x/(x'*B*x) | A, B: symmetric(n); x: vector(n) | x | 2/(x'*B*x)*(A*x - x'*A*x/(x'*B*x)*B*x)
trace ratio | tr(W'*A*W)/tr(W'*B*W) | A, B: symmetric(n); W: matrix(n, k) | W | 2*A*W/tr(W'*B*W) - 2*tr(W'*A*W)/tr(W'*B*W)^2*B*W
discriminant | logdet(W'*A*W) - logdet(W'*B*W) | A, B: symmetric(n); W: matrix(n, m) | W | 2*A*W*inv(W'*A*W) - 2*B*W*inv(W'*B*W)
discriminant | tr(inv(W'*B*W)*(W'*A*W)) | A, B: symmetric(n); W: matrix(n, m) | W | 2*A*W*inv(W'*B*W) - 2*B*W*inv(W'*B*W)*(W'*A*W)*inv(W'*B*W)
projection | tr(X*inv(X'*X)*X'*A) | X: matrix(n, m); A: symmetric(n) | X | 2*(A*X - X*inv(X'*X)*X'*A*X)*inv(X'*X)
autoencoder | norm2(X - sigmoid(X*W)*V)^2 | X: matrix(n, m); W: matrix(m, k); V: matrix(k, m) | W | -2*X'*((X - sigmoid(X*W)*V)*V' .* sigmoid(X*W) .* (1 - sigmoid(X*W)))
autoencoder | norm2(X - sigmoid(X*W)*V)^2 | X: matrix(n, m); W: matrix(m, k); V: matrix(k, m) | V | -2*sigmoid(X*W)'*(X - sigmoid(X*W)*V)
dictionary | norm2(A - D*R)^2 + b*norm1(R) | A: matrix(m, n); D: matrix(m, k); R: matrix(k, n); b: scalar | R | -2*D'*(A - D*R) + b*sign(R)
procrustes | norm2(A*Q - B)^2 | A, B: matrix(m, n); Q: matrix(n, n) | Q | 2*A'*(A*Q - B)
sylvester | norm2(A*X + X*B - C)^2 | A: matrix(m, m); B: matrix(n, n); C, X: matrix(m, n) | X | 2*A'*(A*X + X*B - C) + 2*(A*X + X*B - C)*B'
lyapunov | norm2(A*X + X*A' - C)^2 | A, C, X: matrix(n, n) | A | 2*(A*X + X*A' - C)*X' + 2*(A*X + X*A' - C)'*X
commutator | norm2(A*X - X*A)^2 | A, X: matrix(n, n) | X | 2*A'*(A*X - X*A) - 2*(A*X - X*A)*A'
quadratic form | norm2(X'*A*X - B)^2 | A: symmetric(m); B: symmetric(n); X: matrix(m, n) | X | 4*A*X*(X'*A*X - B)

== Elementwise chains == gradient
tanh | sum(tanh(x)) | x: vector(n) | x | 1 - tanh(x) .^ 2
tanh | a'*tanh(W*x) | W: matrix(m, n); a: vector(m); x: vector(n) | W | (a .* (1 - tanh(W*x) .^ 2))*x'
sigmoid | sum(sigmoid(X)) | X: matrix(m, n) | X | sigmoid(X) .* (1 - sigmoid(X))
sigmoid | a'*sigmoid(W*x + b) | W: matrix(m, n); a, b: vector(m); x: vector(n) | b | a .* sigmoid(W*x + b) .* (1 - sigmoid(W*x + b))
softplus | sum(softplus(A*x)) | A: matrix(m, n); x: vector(n) | x | A'*sigmoid(A*x)
relu | sum(relu(X*W)) | X: matrix(n, m); W: matrix(m, k) | W | X'*1(X*W > 0)
erf | sum(erf(x)) | x: vector(n) | x | 2/sqrt(pi)*exp(-x .^ 2)
gelu | sum(gelu(x)) | x: vector(n) | x | (1 + erf(x/sqrt(2)))/2 + x .* exp(-x .^ 2/2)/sqrt(2*pi)
silu | sum(silu(x)) | x: vector(n) | x | sigmoid(x) .* (1 + x .* (1 - sigmoid(x)))
silu | sum(x .* sigmoid(x)) | x: vector(n) | x | sigmoid(x) + x .* sigmoid(x) .* (1 - sigmoid(x))
user function | sum(f(x)) | f(z) := z*exp(-z^2); x: vector(n) | x | exp(-x .^ 2) .* (1 - 2*x .^ 2)
user function | f(a'*x) | f(z) := log(1 + z^2); a, x: vector(n) | x | 2*(a'*x)/(1 + (a'*x)^2)*a
exp | sum(exp(X)) | X: matrix(m, n) | X | exp(X)
exp | a'*exp(X*b) | X: matrix(m, n); a: vector(m); b: vector(n) | X | (a .* exp(X*b))*b'
exp | sum(exp(-x .^ 2/2)) | x: vector(n) | x | -x .* exp(-x .^ 2/2)
log | sum(log(X)) | X: matrix(m, n) | X | 1 ./ X
log | a'*log(A*x) | A: matrix(m, n); a: vector(m); x: vector(n) | x | A'*(a ./ (A*x))
log | log(a'*x) | a, x: vector(n) | x | a/(a'*x)
log | sum(log(1 + x .^ 2)) | x: vector(n) | x | 2*x ./ (1 + x .^ 2)
log barrier | c'*x - t*sum(log(b - A*x)) | A: matrix(m, n); b: vector(m); c, x: vector(n); t: scalar | x | c + t*A'*(1 ./ (b - A*x))
sqrt | sum(sqrt(x)) | x: vector(n) | x | 1 ./ (2*sqrt(x))
sqrt | sum(sqrt(x .^ 2 + 1)) | x: vector(n) | x | x ./ sqrt(x .^ 2 + 1)
power | sum(x .^ a) | x: vector(n); a: scalar | x | a*x .^ (a - 1)
power | sum(x .^ a) | x: vector(n); a: scalar | a | sum(log(x) .* x .^ a)
power | sum(a .^ x) | x: vector(n); a: scalar | x | log(a)*a .^ x
power | sum(x .^ y) | x, y: vector(n) | x | y .* x .^ (y - 1)
power | sum(x .^ y) | x, y: vector(n) | y | log(x) .* x .^ y
p-norm | sum(abs(x) .^ 3)^(1/3) | x: vector(n) | x | sum(abs(x) .^ 3)^(-2/3)*(abs(x) .^ 2 .* sign(x))
p-norm | sum(abs(X) .^ 3) | X: matrix(m, n) | X | 3*abs(X) .^ 2 .* sign(X)
quotient | sum(x ./ y) | x, y: vector(n) | y | -x ./ y .^ 2
quotient | sum(1 ./ (1 + exp(-x))) | x: vector(n) | x | exp(-x) ./ (1 + exp(-x)) .^ 2
quotient | sum(A ./ (B + X)) | A, B, X: matrix(m, n) | X | -A ./ (B + X) .^ 2
sin | a'*sin(cos(x)) | a, x: vector(n) | x | -a .* cos(cos(x)) .* sin(x)
tan | sum(tan(x)) | x: vector(n) | x | 1 + tan(x) .^ 2
arc | sum(arctan(x)) | x: vector(n) | x | 1 ./ (1 + x .^ 2)
arc | sum(arcsin(x) + arccos(x)) | x: vector(n) | x | zeros(n)
hyperbolic | sum(sinh(x) .* cosh(x)) | x: vector(n) | x | cosh(x) .^ 2 + sinh(x) .^ 2
abs | sum(abs(X - A)) | A, X: matrix(m, n) | X | sign(X - A)
max | sum(max(x, y)) | x, y: vector(n) | x | 1(x > y) + 1(x == y)/2
min | sum(min(x, y)) | x, y: vector(n) | y | 1(y < x) + 1(x == y)/2
max | sum(max(A*x, b)) | A: matrix(m, n); b: vector(m); x: vector(n) | x | A'*(1(A*x > b) + 1(A*x == b)/2)
nested | sum(sin(exp(tanh(X)))) | X: matrix(m, n) | X | cos(exp(tanh(X))) .* exp(tanh(X)) .* (1 - tanh(X) .^ 2)
composed | a'*sigma(B*tau(A*x)) | A: matrix(m, n); B: matrix(p, m); a: vector(p); x: vector(n); sigma, tau: function | x | A'*(tau'(A*x) .* (B'*(a .* sigma'(B*tau(A*x)))))
huber-like | sum(sqrt(1 + (X*w - y) .^ 2) - 1) | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*((X*w - y) ./ sqrt(1 + (X*w - y) .^ 2))
cauchy | sum(log(1 + (X*w - y) .^ 2)) | X: matrix(n, m); w: vector(m); y: vector(n) | w | 2*X'*((X*w - y) ./ (1 + (X*w - y) .^ 2))
entropy | -sum(P .* log(P)) | P: matrix(m, n) | P | -log(P) - 1
gamma | sum(loggamma(x)) | x: vector(n) | x | digamma(x)

== Elementwise chains == jacobian
sigmoid | sigmoid(x) | x: vector(n) | x | diag(sigmoid(x) .* (1 - sigmoid(x)))
power | x .^ a | x: vector(n); a: scalar | x | a*diag(x .^ (a - 1))
quotient | 1 ./ x | x: vector(n) | x | -diag(1 ./ x .^ 2)
product | sin(x) .* cos(x) | x: vector(n) | x | diag(cos(x) .^ 2 - sin(x) .^ 2)
product | (A*x) .* (B*x) | A, B: matrix(m, n); x: vector(n) | x | diag(B*x)*A + diag(A*x)*B
outer | sin(x)*cos(y)' | x: vector(m); y: vector(n) | x | kron(cos(y), diag(cos(x)))
diag | diag(sin(x))*y | x, y: vector(n) | x | diag(cos(x) .* y)
diag | diag(x)*A*x | A: matrix(n, n); x: vector(n) | x | diag(A*x) + diag(x)*A
diag | diag(X) | X: matrix(n, n) | X | kron(ones(1, n), eye(n))*diag(vec(eye(n)))
scalar times matrix | sum(X)*X | X: matrix(m, n) | X | sum(X)*eye(m*n) + vec(X)*ones(1, m*n)
matrix power | sin(X)*X | X: matrix(n, n) | X | kron(X', eye(n))*diag(vec(cos(X))) + kron(eye(n), sin(X))

== Elementwise chains == hessian
sin | sum(sin(A*x)) | A: matrix(m, n); x: vector(n) | x | -A'*diag(sin(A*x))*A
tanh | a'*tanh(x) | a, x: vector(n) | x | -2*diag(a .* tanh(x) .* (1 - tanh(x) .^ 2))
log | sum(log(x)) | x: vector(n) | x | -diag(1 ./ x .^ 2)
log barrier | -sum(log(b - A*x)) | A: matrix(m, n); b: vector(m); x: vector(n) | x | A'*diag(1 ./ (b - A*x) .^ 2)*A
log | log(a'*x) | a, x: vector(n) | x | -a*a'/(a'*x)^2
exp | exp(a'*x) | a, x: vector(n) | x | exp(a'*x)*a*a'
exp | exp(x'*A*x) | A: symmetric(n); x: vector(n) | x | exp(x'*A*x)*(2*A + 4*A*x*x'*A)
power | sum(x .^ 4) | x: vector(n) | x | 12*diag(x .^ 2)
power | (x'*x)^2 | x: vector(n) | x | 4*(x'*x)*eye(n) + 8*x*x'
power | (x'*A*x)^2 | A: symmetric(n); x: vector(n) | x | 8*A*x*x'*A + 4*(x'*A*x)*A
product | x'*A*x*(b'*x) | A: symmetric(n); b, x: vector(n) | x | 2*(A*x*b' + b*x'*A + (b'*x)*A)
product | sum(x .* y) | x, y: vector(n) | x, y | eye(n)
norm | norm2(x) | x: vector(n) | x | eye(n)/norm2(x) - x*x'/norm2(x)^3
norm | norm2(A*x - b) | A: matrix(m, n); b: vector(m); x: vector(n) | x | A'*A/norm2(A*x - b) - A'*(A*x - b)*(A*x - b)'*A/norm2(A*x - b)^3
composed | a'*sigma(A*x) | A: matrix(m, n); a: vector(m); x: vector(n); sigma: function | x | A'*diag(a .* sigma''(A*x))*A
composed | sigma(x'*x) | x: vector(n); sigma: function | x | 2*sigma'(x'*x)*eye(n) + 4*sigma''(x'*x)*x*x'
quotient | 1/(x'*x) | x: vector(n) | x | 8/(x'*x)^3*x*x' - 2/(x'*x)^2*eye(n)
softplus | sum(softplus(x)) | x: vector(n) | x | diag(sigmoid(x) .* (1 - sigmoid(x)))
linear | a'*x + c | a, x: vector(n); c: scalar | x | zeros(n, n)
matrix and vector | y'*sin(X*w) | X: matrix(m, n); w: vector(n); y: vector(m) | y, w | diag(cos(X*w))*X
matrix and scalar | a*tr(X'*X) | X: matrix(m, n); a: scalar | X, a | 2*vec(X)
inverse | x'*inv(A)*x | A: matrix(n, n); x: vector(n) | x | inv(A) + inv(A)'
determinant | log(x'*A*x) | A: symmetric(n); x: vector(n) | x | 2*A/(x'*A*x) - 4*A*x*x'*A/(x'*A*x)^2

== Scalars inside matrix expressions == gradient
in an inverse | y'*inv(A + t*eye(n))*y | A: matrix(n, n); y: vector(n); t: scalar | t | -y'*inv(A + t*eye(n))*inv(A + t*eye(n))*y
in a logdet | logdet(A + t*eye(n)) | A: matrix(n, n); t: scalar | t | tr(inv(A + t*eye(n)))
in a logdet | logdet(t*A) | A: matrix(n, n); t: scalar | t | n/t
in a trace | tr((A + t*B)^3) | A, B: matrix(n, n); t: scalar | t | 3*tr((A + t*B)^2*B)
in a norm | norm2(x + t*y) | x, y: vector(n); t: scalar | t | y'*(x + t*y)/norm2(x + t*y)
line search | norm2(A*(x + t*h) - y)^2 | A: matrix(m, n); x, h: vector(n); y: vector(m); t: scalar | t | 2*(A*h)'*(A*(x + t*h) - y)
line search | norm2(A*(x + t*h) - y)^2 | A: matrix(m, n); x, h: vector(n); y: vector(m); t: scalar | h | 2*t*A'*(A*(x + t*h) - y)
temperature | logsumexp(x/t) | x: vector(n); t: scalar | t | -softmax(x/t)'*x/t^2
temperature | sum(exp(-t*X)) | X: matrix(m, n); t: scalar | t | -sum(X .* exp(-t*X))
mixture | a*norm2(X)^2 + (1 - a)*norm1(X) | X: matrix(m, n); a: scalar | a | norm2(X)^2 - norm1(X)
filled | norm2(X - t)^2 | X: matrix(m, n); t: scalar | t | -2*sum(X - t)
identity | norm2(X - t*eye(n))^2 | X: matrix(n, n); t: scalar | t | -2*tr(X - t*eye(n))
scaled | norm2(a*X - Y)^2 | X, Y: matrix(m, n); a: scalar | a | 2*tr(X'*(a*X - Y))
scaled | norm2(a*X - Y)^2 | X, Y: matrix(m, n); a: scalar | X | 2*a*(a*X - Y)
quadratic | a*t^2 + b*t + c | a, b, c, t: scalar | t | 2*a*t + b
scalar chain | exp(a*t)*sin(b*t) | a, b, t: scalar | t | exp(a*t)*(a*sin(b*t) + b*cos(b*t))
resolvent | tr(inv(eye(n) - t*A)) | A: matrix(n, n); t: scalar | t | tr(inv(eye(n) - t*A)*A*inv(eye(n) - t*A))

== Scalars inside matrix expressions == hessian
in an inverse | y'*inv(A + t*eye(n))*y | A: matrix(n, n); y: vector(n); t: scalar | t | 2*y'*inv(A + t*eye(n))^3*y
line search | norm2(A*(x + t*h) - y)^2 | A: matrix(m, n); x, h: vector(n); y: vector(m); t: scalar | t | 2*norm2(A*h)^2
quadratic | a*t^2 + b*t + c | a, b, c, t: scalar | t | 2*a
two scalars | exp(a*t) | a, t: scalar | a, t | (1 + a*t)*exp(a*t)

== Scalars inside matrix expressions == jacobian
in a matrix | t*X + t^2*Y | X, Y: matrix(m, n); t: scalar | t | vec(X + 2*t*Y)
in an inverse | inv(A + t*eye(n)) | A: matrix(n, n); t: scalar | t | -vec(inv(A + t*eye(n))^2)
in a solution | inv(A + t*B)*y | A, B: matrix(n, n); y: vector(n); t: scalar | t | -inv(A + t*B)*B*inv(A + t*B)*y
in a softmax | softmax(t*x) | x: vector(n); t: scalar | t | softmax(t*x) .* (x - x'*softmax(t*x))

== Rows == gradient
linear | x*a | x: row(n); a: vector(n) | x | a'
quadratic | x*A*x' | A: matrix(n, n); x: row(n) | x | x*(A + A')
norm | norm2(x*A - y)^2 | A: matrix(n, m); x: row(n); y: row(m) | x | 2*(x*A - y)*A'
norm | norm2(x) | x: row(n) | x | x/norm2(x)
bias | sum(sigmoid(X*W + b)) | X: matrix(n, m); W: matrix(m, k); b: row(k) | b | colsum(sigmoid(X*W + b) .* (1 - sigmoid(X*W + b)))
scaled columns | sum(X .* s*a) | X: matrix(m, n); s: row(n); a: vector(n) | s | colsum(X) .* a'
softmax | -y*log(softmax(z))' | y, z: row(n) | z | sum(y)*softmax(z) - y
elementwise | sum(x .* exp(x)) | x: row(n) | x | exp(x) .* (1 + x)

== Rows == jacobian
linear | x*A | A: matrix(n, m); x: row(n) | x | A'
softmax | softmax(z) | z: row(n) | z | diag(softmax(z)') - softmax(z)'*softmax(z)
outer | y*x | x: row(n); y: vector(m) | x | kron(eye(n), y)
spread | X + b | X: matrix(m, n); b: row(n) | b | kron(eye(n), ones(m))
spread | X + c | X: matrix(m, n); c: vector(m) | c | kron(ones(n), eye(m))

== Rows == hessian
quadratic | x*A*x' | A: matrix(n, n); x: row(n) | x | A + A'
norm | norm2(x*A - y)^2 | A: matrix(n, m); x: row(n); y: row(m) | x | 2*A*A'

== Intermediates == gradient
by a residual | r'*S*r | A: matrix(m, n); x: vector(n); y: vector(m); S: symmetric(m); r = A*x - y | r | 2*S*r
by a hidden layer | norm2(h*V - Y)^2 | X: matrix(n, m); W: matrix(m, k); V: matrix(k, l); Y: matrix(n, l); h = tanh(X*W) | h | 2*(h*V - Y)*V'
by a hidden layer | norm2(h*V - Y)^2 | X: matrix(n, m); W: matrix(m, k); V: matrix(k, l); Y: matrix(n, l); h = tanh(X*W) | W | 2*X'*((h*V - Y)*V' .* (1 - h .^ 2))
by a kernel | y'*inv(K)*y + logdet(K) | X: matrix(n, m); y: vector(n); s: scalar; K = X*X' + s*eye(n) | K | inv(K)' - inv(K)'*y*y'*inv(K)'
by a kernel | y'*inv(K)*y + logdet(K) | X: matrix(n, m); y: vector(n); s: scalar; K = X*X' + s*eye(n) | X | 2*(inv(K) - inv(K)*y*y'*inv(K))*X
by a score | -sum(Y .* log(softmax(s))) | X: matrix(n, m); W: matrix(m, k); Y: onehot(n, k); s = X*W | s | softmax(s) - Y
shared | z'*z + a'*z | A: matrix(m, n); x: vector(n); a: vector(m); z = sin(A*x) | z | 2*z + a
shared | z'*z + a'*z | A: matrix(m, n); x: vector(n); a: vector(m); z = sin(A*x) | x | A'*((2*z + a) .* cos(A*x))

== Kronecker products, vec and diag == gradient
kron | tr(kron(A, X)*B) | A: matrix(m, m); X: matrix(n, n); B: matrix(m*n, m*n) | X | kron_right(A, B')
kron | a'*kron(x, y) | x: vector(m); y: vector(n); a: vector(m*n) | x | unvec(a, n, m)'*y
kron | norm2(kron(A, X))^2 | A: matrix(m, n); X: matrix(p, q) | X | 2*norm2(A)^2*X
kron | sum(kron(A, X)) | A: matrix(m, n); X: matrix(p, q) | X | sum(A)*ones(p, q)
kron | logdet(kron(A, X)) | A: matrix(m, m); X: matrix(n, n) | X | m*inv(X)'
kron | x'*kron(A, B)*y | A: matrix(m, n); B: matrix(p, q); x: vector(m*p); y: vector(n*q) | x | kron(A, B)*y
vec | vec(X)'*vec(A) | A, X: matrix(m, n) | X | A
vec | vec(X)'*A*vec(X) | A: symmetric(m*n); X: matrix(m, n) | X | 2*unvec(A*vec(X), m, n)
vec | a'*vec(X*B) | B: matrix(n, p); X: matrix(m, n); a: vector(m*p) | X | unvec(a, m, p)*B'
vec | norm2(vec(X) - a)^2 | X: matrix(m, n); a: vector(m*n) | X | 2*(X - unvec(a, m, n))
diag | a'*diag(X) | X: matrix(n, n); a: vector(n) | X | diag(a)
diag | tr(diag(x)*A) | A: matrix(n, n); x: vector(n) | x | diag(A)
diag | a'*diag(x)*b | a, b, x: vector(n) | x | a .* b
diag | logdet(diag(x)) | x: vector(n) | x | 1 ./ x
diag | norm2(A*diag(x)*B)^2 | A: matrix(m, n); B: matrix(n, p); x: vector(n) | x | 2*((A'*A) .* (B*B')')*x
diag | sum(diag(A*X*B)) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, k) | X | A'*B'
commutation | x'*commutation(m, n)*x | x: vector(m*n) | x | (commutation(m, n) + commutation(n, m))*x
inner | inner(A*X, B) | A: matrix(k, m); X: matrix(m, n); B: matrix(k, n) | X | A'*B
outer | norm2(A - outer(x, y))^2 | A: matrix(m, n); x: vector(m); y: vector(n) | x | -2*(A - x*y')*y

== Norms == gradient
norm1 | norm1(A*x - b) | A: matrix(m, n); b: vector(m); x: vector(n) | x | A'*sign(A*x - b)
norm1 | norm1(X) | X: matrix(m, n) | X | sign(X)
norm2 | norm2(X) | X: matrix(m, n) | X | X/norm2(X)
norm2 | norm2(A*X - B) | A: matrix(m, n); X: matrix(n, p); B: matrix(m, p) | X | A'*(A*X - B)/norm2(A*X - B)
norm2 | norm2(x)^3 | x: vector(n) | x | 3*norm2(x)*x
norm2 | 1/norm2(x) | x: vector(n) | x | -x/norm2(x)^3
norm2 | norm2(x - y)^2 + norm2(x + y)^2 | x, y: vector(n) | x | 4*x
norm2 | x'*y/(norm2(x)*norm2(y)) | x, y: vector(n) | x | y/(norm2(x)*norm2(y)) - x'*y/(norm2(x)^3*norm2(y))*x
norm2 | log(norm2(x)) | x: vector(n) | x | x/norm2(x)^2
norm2 | norm2(diag(x)*A)^2 | A: matrix(n, m); x: vector(n) | x | 2*x .* rowsum(A .^ 2)
norm2 | norm2(X)^4 | X: matrix(m, n) | X | 4*norm2(X)^2*X
norm2 | norm2(inv(X))^2 | X: matrix(n, n) | X | -2*inv(X)'*inv(X)*inv(X)'
norm2 | sum(sqrt(rowsum(X .^ 2))) | X: matrix(m, n) | X | X ./ sqrt(rowsum(X .^ 2))

== Parr & Howard, The matrix calculus you need for deep learning == jacobian
sec. 4.2 | w + x | w, x: vector(n) | w | eye(n)
sec. 4.2 | w - x | w, x: vector(n) | x | -eye(n)
sec. 4.2 | w .* x | w, x: vector(n) | w | diag(x)
sec. 4.2 | w ./ x | w, x: vector(n) | w | diag(1 ./ x)
sec. 4.2 | w ./ x | w, x: vector(n) | x | -diag(w ./ x .^ 2)
sec. 4.3 | x + t | x: vector(n); t: scalar | x | eye(n)
sec. 4.3 | x + t | x: vector(n); t: scalar | t | ones(n)
sec. 4.3 | x*t | x: vector(n); t: scalar | x | t*eye(n)
sec. 4.3 | x*t | x: vector(n); t: scalar | t | x
sec. 4.5 | log(sin(x) .^ 2 + 2) | x: vector(n) | x | diag(2*sin(x) .* cos(x) ./ (sin(x) .^ 2 + 2))

== Parr & Howard, The matrix calculus you need for deep learning == gradient
sec. 4.4 | sum(x) | x: vector(n) | x | ones(n)
sec. 4.4 | sum(x*t) | x: vector(n); t: scalar | x | t*ones(n)
sec. 4.4 | sum(x*t) | x: vector(n); t: scalar | t | sum(x)
sec. 4.5 | t + t^2 | t: scalar | t | 1 + 2*t
sec. 4.5 | log(sin(t^3)^2) | t: scalar | t | 6*t^2*cos(t^3)/sin(t^3)
sec. 5 | w'*x + b | w, x: vector(n); b: scalar | w | x
sec. 5 | max(0, w'*x + b) | w, x: vector(n); b: scalar | w | 1(w'*x + b > 0)*x
sec. 5 | max(0, w'*x + b) | w, x: vector(n); b: scalar | b | 1(w'*x + b > 0)
sec. 6 | sum((y - max(0, X*w + b)) .^ 2)/n | X: matrix(n, m); w: vector(m); b: scalar; y: vector(n) | w | -2*X'*((y - max(0, X*w + b)) .* 1(X*w + b > 0))/n
sec. 6 | sum((y - max(0, X*w + b)) .^ 2)/n | X: matrix(n, m); w: vector(m); b: scalar; y: vector(n) | b | -2*sum((y - max(0, X*w + b)) .* 1(X*w + b > 0))/n

== MIT 18.S096, Matrix calculus for machine learning and beyond == jacobian
lecture 1 | X^2 | X: matrix(n, n) | X | kron(X', eye(n)) + kron(eye(n), X)
lecture 1 | X^3 | X: matrix(n, n) | X | kron((X^2)', eye(n)) + kron(X', X) + kron(eye(n), X^2)
lecture 1 | X^4 | X: matrix(n, n) | X | kron((X^3)', eye(n)) + kron((X^2)', X) + kron(X', X^2) + kron(eye(n), X^3)
lecture 3 | A*X*B | A: matrix(k, m); X: matrix(m, n); B: matrix(n, p) | X | kron(B', A)
lecture 3 | A*X + X*B | A: matrix(m, m); B: matrix(n, n); X: matrix(m, n) | X | kron(eye(n), A) + kron(B', eye(m))
lecture 3 | inv(X)*b | X: matrix(n, n); b: vector(n) | X | -kron(b'*inv(X)', inv(X))
lecture 3 | X*A*X' - B | A: matrix(n, n); B: matrix(m, m); X: matrix(m, n) | X | kron(X*A', eye(m)) + kron(eye(m), X*A)*commutation(m, n)
lecture 3 | x*x'*A*x | A: matrix(n, n); x: vector(n) | x | (x'*A*x)*eye(n) + x*x'*(A + A')
problem set 1 | inv(A)*(X .* B) | A: matrix(m, m); B, X: matrix(m, n) | X | kron(eye(n), inv(A))*diag(vec(B))
problem set 1 | X'*A*X | A: symmetric(m); X: matrix(m, n) | X | (eye(n*n) + commutation(n, n))*kron(eye(n), X'*A)
problem set 2 | inv(diag(x) + A)*b | A: matrix(n, n); b, x: vector(n) | x | -inv(diag(x) + A)*diag(inv(diag(x) + A)*b)

== MIT 18.S096, Matrix calculus for machine learning and beyond == gradient
lecture 2 | x'*A*x | A: matrix(n, n); x: vector(n) | x | (A + A')*x
lecture 2 | norm2(x) | x: vector(n) | x | x/norm2(x)
lecture 4 | norm2(A) | A: matrix(m, n) | A | A/norm2(A)
lecture 4 | x'*A*y | A: matrix(m, n); x: vector(m); y: vector(n) | A | x*y'
lecture 5 | det(A) | A: matrix(n, n) | A | adj(A)'
lecture 5 | logdet(A) | A: matrix(n, n) | A | inv(A)'
lecture 5 | det(t*eye(n) - A) | A: matrix(n, n); t: scalar | t | tr(adj(t*eye(n) - A))
adjoint method | (c'*inv(A + diag(x))*b)^2 | A: matrix(n, n); b, c, x: vector(n) | x | -2*(c'*inv(A + diag(x))*b)*(inv(A + diag(x))'*c .* (inv(A + diag(x))*b))
adjoint method | norm2(inv(A)*b - y)^2 | A: matrix(n, n); b, y: vector(n) | A | -2*inv(A)'*(inv(A)*b - y)*b'*inv(A)'
adjoint method | c'*inv(A + t*B)*b | A, B: matrix(n, n); b, c: vector(n); t: scalar | t | -c'*inv(A + t*B)*B*inv(A + t*B)*b
problem set 2 | sum(sin(x) .* (A*x)) | A: matrix(n, n); x: vector(n) | x | cos(x) .* (A*x) + A'*sin(x)
problem set 2 | y'*A^3*x | A: matrix(n, n); x, y: vector(n) | A | y*x'*(A^2)' + A'*y*x'*A' + (A^2)'*y*x'

== MIT 18.S096, Matrix calculus for machine learning and beyond == hessian
lecture 12 | sin(x'*y) | x, y: vector(n) | x | -sin(x'*y)*y*y'
lecture 12 | x'*A*x/2 - b'*x | A: symmetric(n); b, x: vector(n) | x | A
lecture 12 | norm2(x)^4 | x: vector(n) | x | 4*norm2(x)^2*eye(n) + 8*x*x'

== Matrix derivative tutorial (矩阵求导术), scalars == gradient
example 1 | a'*X*b | X: matrix(m, n); a: vector(m); b: vector(n) | X | a*b'
example 2 | a'*exp(X*b) | X: matrix(m, n); a: vector(m); b: vector(n) | X | (a .* exp(X*b))*b'
example 3 | tr(sigma(W*X)'*M*sigma(W*X)) | W: matrix(m, n); X: matrix(n, p); M: symmetric(m); sigma: function | X | W'*(2*M*sigma(W*X) .* sigma'(W*X))
example 4 | norm2(X*w - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n) | w | 2*X'*(X*w - y)
example 5 | logdet(S) + tr(inv(S)*C) | S: matrix(n, n); C: symmetric(n) | S | (inv(S) - inv(S)*C*inv(S))'
example 6 | -y'*log(softmax(W*x)) | W: matrix(m, n); x: vector(n); y: vector(m) | W | (sum(y)*softmax(W*x) - y)*x'
example 7 | -y'*log(softmax(V*sigma(W*x))) | V: matrix(k, m); W: matrix(m, n); x: vector(n); y: vector(k); sigma: function | V | (sum(y)*softmax(V*sigma(W*x)) - y)*sigma(W*x)'
example 7 | -y'*log(softmax(V*sigma(W*x))) | V: matrix(k, m); W: matrix(m, n); x: vector(n); y: vector(k); sigma: function | W | (V'*(sum(y)*softmax(V*sigma(W*x)) - y) .* sigma'(W*x))*x'

== Matrix derivative tutorial (矩阵求导术), matrices == jacobian
example 1 | A*X | A: matrix(k, m); X: matrix(m, n) | X | kron(eye(n), A)
example 4 | A*exp(B*X*C)*D | A: matrix(k, l); B: matrix(l, m); X: matrix(m, n); C: matrix(n, p); D: matrix(p, q) | X | kron(D', A)*diag(vec(exp(B*X*C)))*kron(C', B)

== Matrix derivative tutorial (矩阵求导术), matrices == hessian
example 2 | logdet(X) | X: matrix(n, n) | X | -commutation(n, n)*kron(inv(X)', inv(X))
example 5 | sum(log(1 + exp(X*w)) - y .* (X*w)) | X: matrix(n, m); w: vector(m); y: vector(n) | w | X'*diag(sigmoid(X*w) .* (1 - sigmoid(X*w)))*X
example 6 | -y'*log(softmax(W*x)) | W: matrix(m, n); x: vector(n); y: vector(m) | W | sum(y)*kron(x*x', diag(softmax(W*x)) - softmax(W*x)*softmax(W*x)')

== Minka, Old and new matrix algebra == gradient
logdet | logdet(a*eye(m) + A*X*A') | a: scalar; A: matrix(m, n); X: matrix(n, n) | X | A'*inv(a*eye(m) + A*X*A')'*A
logdet | logdet(a*eye(m) + A*X*A') | a: scalar; A: matrix(m, n); X: symmetric(n) | A | 2*inv(a*eye(m) + A*X*A')*A*X
trace | tr(A*X'*B*X*C) | A: matrix(k, n); X: matrix(m, n); B: matrix(m, m); C: matrix(n, k) | X | B*X*C*A + B'*X*A'*C'
trace | tr(inv(X)*A*inv(X)'*B) | A, B, X: matrix(n, n) | X | -inv(X)'*(B'*inv(X)*A' + B*inv(X)*A)*inv(X)'
quadratic | (A*x + b)'*C*(D*x + d) | A: matrix(m, n); D: matrix(p, n); C: matrix(m, p); b: vector(m); d: vector(p); x: vector(n) | x | A'*C*(D*x + d) + D'*C'*(A*x + b)
determinant | det(X'*A*X)*tr(X) | A: symmetric(n); X: matrix(n, n) | X | 2*det(X'*A*X)*tr(X)*inv(X)' + det(X'*A*X)*eye(n)

== Convex functions (Boyd & Vandenberghe) == gradient
quadratic over linear | x'*x/t | x: vector(n); t: scalar | x | 2*x/t
quadratic over linear | x'*x/t | x: vector(n); t: scalar | t | -x'*x/t^2
geometric mean | exp(sum(log(x))/n) | x: vector(n) | x | exp(sum(log(x))/n)/n ./ x
harmonic | 1/sum(1 ./ x) | x: vector(n) | x | 1 ./ x .^ 2/sum(1 ./ x)^2
log-sum-exp | log(sum(exp(A*x + b))) | A: matrix(m, n); x: vector(n); b: vector(m) | x | A'*softmax(A*x + b)
log det | -logdet(X) | X: symmetric(n) | X | -inv(X)
matrix fractional | y'*inv(X)*y | X: symmetric(n); y: vector(n) | X | -inv(X)*y*y'*inv(X)
matrix fractional | y'*inv(X)*y | X: symmetric(n); y: vector(n) | y | 2*inv(X)*y
barrier | t*c'*x - logdet(F + diag(x)) | F: symmetric(n); c, x: vector(n); t: scalar | x | t*c - diag(inv(F + diag(x)))
analytic centre | -sum(log(b - A*x)) | A: matrix(m, n); x: vector(n); b: vector(m) | x | A'*(1 ./ (b - A*x))
penalty | c'*x + t*norm2(max(0, A*x - b))^2 | A: matrix(m, n); x, c: vector(n); b: vector(m); t: scalar | x | c + 2*t*A'*max(0, A*x - b)
augmented lagrangian | c'*x + y'*(A*x - b) + t/2*norm2(A*x - b)^2 | A: matrix(m, n); x, c: vector(n); b, y: vector(m); t: scalar | x | c + A'*y + t*A'*(A*x - b)
augmented lagrangian | c'*x + y'*(A*x - b) + t/2*norm2(A*x - b)^2 | A: matrix(m, n); x, c: vector(n); b, y: vector(m); t: scalar | y | A*x - b
markowitz | u'*w - t/2*w'*S*w | S: symmetric(n); u, w: vector(n); t: scalar | w | u - t*S*w
sharpe ratio | u'*w/sqrt(w'*S*w) | S: symmetric(n); u, w: vector(n) | w | u/sqrt(w'*S*w) - u'*w/(w'*S*w)^(3/2)*S*w

== Convex functions (Boyd & Vandenberghe) == hessian
quadratic over linear | x'*x/t | x: vector(n); t: scalar | x | 2*eye(n)/t
quadratic over linear | x'*x/t | x: vector(n); t: scalar | x, t | -2*x/t^2
quadratic over linear | x'*x/t | x: vector(n); t: scalar | t | 2*x'*x/t^3
log-sum-exp | log(sum(exp(x))) | x: vector(n) | x | diag(softmax(x)) - softmax(x)*softmax(x)'
analytic centre | -sum(log(b - A*x)) | A: matrix(m, n); x: vector(n); b: vector(m) | x | A'*diag(1 ./ (b - A*x) .^ 2)*A
log det | -logdet(X) | X: matrix(n, n) | X | commutation(n, n)*kron(inv(X)', inv(X))
geometric mean | exp(sum(log(x))/n) | x: vector(n) | x | exp(sum(log(x))/n)*((1 ./ x)*(1 ./ x)'/n^2 - diag(1 ./ x .^ 2)/n)
matrix fractional | y'*inv(X)*y | X: symmetric(n); y: vector(n) | y | 2*inv(X)
matrix fractional | y'*inv(X)*y | X: matrix(n, n); y: vector(n) | y, X | -kron(y'*inv(X)', inv(X)) - kron(inv(X)', y'*inv(X))

== Learning models == gradient
rnn | norm2(q - y)^2 | W: matrix(n, n); U: matrix(n, m); h, y: vector(n); x, z: vector(m); p = tanh(W*h + U*x); q = tanh(W*p + U*z) | h | 2*W'*((W'*((q - y) .* (1 - q .^ 2))) .* (1 - p .^ 2))
rnn | norm2(q - y)^2 | W: matrix(n, n); U: matrix(n, m); h, y: vector(n); x, z: vector(m); p = tanh(W*h + U*x); q = tanh(W*p + U*z) | W | 2*((q - y) .* (1 - q .^ 2))*p' + ((W'*(2*(q - y) .* (1 - q .^ 2))) .* (1 - p .^ 2))*h'
lstm | a'*(sigmoid(V*x) .* tanh(sigmoid(F*x) .* s + sigmoid(J*x) .* tanh(G*x))) | F, G, J, V: matrix(m, n); a, s: vector(m); x: vector(n) | V | (a .* tanh(sigmoid(F*x) .* s + sigmoid(J*x) .* tanh(G*x)) .* sigmoid(V*x) .* (1 - sigmoid(V*x)))*x'
gru | a'*((1 - z) .* h + z .* tanh(W*x)) | W, Z: matrix(m, n); a, h: vector(m); x: vector(n); z = sigmoid(Z*x) | z | a .* (tanh(W*x) - h)
gru | a'*((1 - z) .* h + z .* tanh(W*x)) | W, Z: matrix(m, n); a, h: vector(m); x: vector(n); z = sigmoid(Z*x) | Z | (a .* (tanh(W*x) - h) .* z .* (1 - z))*x'
self-attention | sum(G .* (P*X*V)) | X: matrix(N, D); Q, K: matrix(D, H); V: matrix(D, E); G: matrix(N, E); P = softmax(X*Q*K'*X') | V | X'*P'*G
self-attention | sum(G .* (P*V)) | X: matrix(N, D); Q, K: matrix(D, H); V: matrix(N, E); G: matrix(N, E); P = softmax(X*Q*K'*X') | Q | X'*(P .* (G*V' - rowsum(P .* (G*V'))))*X*K
contrastive | -tr(log_softmax(A*B'/t)) | A, B: matrix(n, m); t: scalar | A | (softmax(A*B'/t) - eye(n))*B/t
vae | -sum(1 + s - u .^ 2 - exp(s))/2 | s, u: vector(n) | u | u
vae | -sum(1 + s - u .^ 2 - exp(s))/2 | s, u: vector(n) | s | (exp(s) - 1)/2
triplet | max(0, norm2(x - y)^2 - norm2(x - z)^2 + a) | a: scalar; x, y, z: vector(n) | x | 2*1(norm2(x - y)^2 - norm2(x - z)^2 + a > 0)*(z - y)
dropout | norm2((M .* X)*W - Y)^2 | M, X: matrix(n, m); W: matrix(m, k); Y: matrix(n, k) | X | 2*M .* (((M .* X)*W - Y)*W')
embedding | -sum(log(softmax(Y*E*W)) .* Z) | Y: onehot(N, V); E: matrix(V, D); W: matrix(D, V); Z: onehot(N, V) | E | Y'*(softmax(Y*E*W) - Z)*W'
graph smoothing | tr(X'*L*X) | L: symmetric(n); X: matrix(n, m) | X | 2*L*X
graph convolution | -sum(Y .* log(softmax(A*relu(A*X*W)*V))) | A: symmetric(n); X: matrix(n, m); W: matrix(m, k); V: matrix(k, l); Y: onehot(n, l) | V | (A*relu(A*X*W))'*(softmax(A*relu(A*X*W)*V) - Y)
optimal transport | sum(P .* C) + t*sum(P .* (log(P) - 1)) | C, P: matrix(m, n); t: scalar | P | C + t*log(P)
kernel logistic | sum(softplus(-y .* (K*a))) + b/2*a'*K*a | K: symmetric(n); a, y: vector(n); b: scalar | a | b*K*a - K*(y .* sigmoid(-y .* (K*a)))
focal | -sum((1 - p) .^ 2 .* log(p)) | p: vector(n) | p | 2*(1 - p) .* log(p) - (1 - p) .^ 2 ./ p
label smoothing | -sum(((1 - a)*Y + a/K) .* log_softmax(Z)) | K: dim; Y: onehot(N, K); Z: matrix(N, K); a: scalar | Z | softmax(Z) - (1 - a)*Y - a/K
temperature | -sum(Y .* log_softmax(Z/t)) | Y: onehot(N, K); Z: matrix(N, K); t: scalar | Z | (softmax(Z/t) - Y)/t
distillation | -sum(softmax(T) .* log_softmax(Z)) | T, Z: matrix(N, K) | Z | softmax(Z) - softmax(T)
bilinear | log(sigmoid(x'*W*y)) | W: matrix(m, n); x: vector(m); y: vector(n) | W | (1 - sigmoid(x'*W*y))*x*y'
factorisation machine | (norm2(V'*x)^2 - sum((V .^ 2)'*(x .^ 2)))/2 | V: matrix(n, k); x: vector(n) | V | x*x'*V - diag(x .^ 2)*V
gaussian kernel | exp(-norm2(x - y)^2/(2*s^2)) | x, y: vector(n); s: scalar | x | -exp(-norm2(x - y)^2/(2*s^2))*(x - y)/s^2
gaussian kernel | exp(-norm2(x - y)^2/(2*s^2)) | x, y: vector(n); s: scalar | s | exp(-norm2(x - y)^2/(2*s^2))*norm2(x - y)^2/s^3
polynomial kernel | (x'*y + c)^3 | x, y: vector(n); c: scalar | x | 3*(x'*y + c)^2*y
distances | norm2(rowsum(X .^ 2) + rowsum(Y .^ 2)' - 2*X*Y' - D)^2 | X: matrix(m, k); Y: matrix(n, k); D: matrix(m, n) | X | 4*rowsum(rowsum(X .^ 2) + rowsum(Y .^ 2)' - 2*X*Y' - D) .* X - 4*(rowsum(X .^ 2) + rowsum(Y .^ 2)' - 2*X*Y' - D)*Y
kalman gain | tr((eye(n) - K*H)*P*(eye(n) - K*H)' + K*R*K') | K: matrix(n, m); H: matrix(m, n); P: symmetric(n); R: symmetric(m) | K | 2*K*R - 2*(eye(n) - K*H)*P*H'
lqr | x'*Q*x + u'*R*u + (A*x + B*u)'*P*(A*x + B*u) | A, P, Q: matrix(n, n); B: matrix(n, m); R: matrix(m, m); x: vector(n); u: vector(m) | u | (R + R')*u + B'*(P + P')*(A*x + B*u)
burg divergence | tr(X*inv(Y)) - logdet(X*inv(Y)) | X, Y: matrix(n, n) | X | inv(Y)' - inv(X)'
metric learning | (x - y)'*L'*L*(x - y) | L: matrix(m, n); x, y: vector(n) | L | 2*L*(x - y)*(x - y)'
ica | logdet(W) - sum(log(cosh(W*X))) | W: matrix(m, m); X: matrix(m, n) | W | inv(W)' - tanh(W*X)*X'
cca | x'*A*y/sqrt(x'*B*x*(y'*C*y)) | A: matrix(m, n); B: symmetric(m); C: symmetric(n); x: vector(m); y: vector(n) | x | A*y/sqrt(x'*B*x*(y'*C*y)) - x'*A*y/(sqrt(x'*B*x*(y'*C*y))*(x'*B*x))*B*x
page rank | norm2(a*P*x + (1 - a)*ones(n)/n - x)^2 | P: matrix(n, n); x: vector(n); a: scalar | a | 2*(P*x - ones(n)/n)'*(a*P*x + (1 - a)*ones(n)/n - x)
mixture | -log(a*exp(-norm2(x - u)^2) + b*exp(-norm2(x - v)^2)) | a, b: scalar; u, v, x: vector(n) | u | -2*a*exp(-norm2(x - u)^2)*(x - u)/(a*exp(-norm2(x - u)^2) + b*exp(-norm2(x - v)^2))
em | sum(R .* (rowsum(X .^ 2) - 2*X*M' + rowsum(M .^ 2)')) | R: matrix(n, k); X: matrix(n, m); M: matrix(k, m) | M | 2*(colsum(R)' .* M - R'*X)
sparse coding | norm2(y - D*x)^2/2 + a*sum(sqrt(x .^ 2 + b)) | D: matrix(m, n); y: vector(m); x: vector(n); a, b: scalar | x | a*x ./ sqrt(x .^ 2 + b) - D'*(y - D*x)
total variation | sum(sqrt((D*x) .^ 2 + a)) | D: matrix(m, n); x: vector(n); a: scalar | x | D'*((D*x) ./ sqrt((D*x) .^ 2 + a))
tensor regression | sum((diag(X*W*Z') - y) .^ 2) | X: matrix(n, k); W: matrix(k, m); Z: matrix(n, m); y: vector(n) | W | 2*X'*diag(diag(X*W*Z') - y)*Z

== Learning models == hessian
vae | -sum(1 + s - u .^ 2 - exp(s))/2 | s, u: vector(n) | s | diag(exp(s))/2
vae | -sum(1 + s - u .^ 2 - exp(s))/2 | s, u: vector(n) | u, s | zeros(n, n)
bilinear | log(sigmoid(x'*W*y)) | W: matrix(m, n); x: vector(m); y: vector(n) | W | -sigmoid(x'*W*y)*(1 - sigmoid(x'*W*y))*kron(y*y', x*x')
gaussian kernel | exp(-norm2(x - y)^2/2) | x, y: vector(n) | x | exp(-norm2(x - y)^2/2)*((x - y)*(x - y)' - eye(n))
gaussian kernel | exp(-norm2(x - y)^2/2) | x, y: vector(n) | x, y | exp(-norm2(x - y)^2/2)*(eye(n) - (x - y)*(x - y)')
factorisation | norm2(A - U*V')^2 | A: matrix(m, n); U: matrix(m, k); V: matrix(n, k) | U, V | 2*kron(V', U)*commutation(n, k) - 2*kron(eye(k), A - U*V')
metric learning | (x - y)'*L'*L*(x - y) | L: matrix(m, n); x, y: vector(n) | L | 2*kron((x - y)*(x - y)', eye(m))
kernel logistic | sum(softplus(-y .* (K*a))) + b/2*a'*K*a | K: symmetric(n); a, y: vector(n); b: scalar | a | K*diag(y .^ 2 .* sigmoid(-y .* (K*a)) .* (1 - sigmoid(-y .* (K*a))))*K + b*K
squared form | (a'*X*b)^2 | a: vector(m); b: vector(n); X: matrix(m, n) | X | 2*kron(b*b', a*a')
exponential form | exp(a'*X*b) | a: vector(m); b: vector(n); X: matrix(m, n) | X | exp(a'*X*b)*kron(b*b', a*a')
squared trace | tr(A*X)^2 | A: matrix(n, m); X: matrix(m, n) | X | 2*vec(A')*vec(A')'
norm | norm2(X) | X: matrix(m, n) | X | eye(m*n)/norm2(X) - vec(X)*vec(X)'/norm2(X)^3
log det | logdet(X*X') | X: matrix(m, n) | X | 2*kron(eye(n) - X'*inv(X*X')*X, inv(X*X')) - 2*kron(X'*inv(X*X'), inv(X*X')*X)*commutation(m, n)
fourth power | tr(X^4) | X: matrix(n, n) | X | 4*commutation(n, n)*(kron((X^2)', eye(n)) + kron(X', X) + kron(eye(n), X^2))
least squares | norm2(X*w - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n) | w, X | 2*kron(eye(m), (X*w - y)') + 2*kron(w', X')
least squares | norm2(X*w - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n) | w, y | -2*X'
least squares | norm2(X*w - y)^2 | X: matrix(n, m); w: vector(m); y: vector(n) | X | 2*kron(w*w', eye(n))
mean and covariance | -1/2*(x - u)'*inv(S)*(x - u) | S: matrix(n, n); u, x: vector(n) | x, S | 1/2*(kron((x - u)'*inv(S)', inv(S)) + kron(inv(S)', (x - u)'*inv(S)))
softmax regression | sum(logsumexp(X*W)) - tr(Y'*X*W) | X: matrix(n, m); W: matrix(m, p); Y: matrix(n, p) | W, Y | -kron(eye(p), X')
quartic | norm2(x)^4/4 - norm2(x)^2/2 | x: vector(n) | x | (norm2(x)^2 - 1)*eye(n) + 2*x*x'
two points | norm2(x - y)^4 | x, y: vector(n) | x, y | -4*norm2(x - y)^2*eye(n) - 8*(x - y)*(x - y)'

== Fixed and unusual sizes == gradient
numbers | tr(A*X) | A: matrix(3, 2); X: matrix(2, 3) | X | A'
numbers | norm2(X*w - y)^2 | X: matrix(5, 3); w: vector(3); y: vector(5) | w | 2*X'*(X*w - y)
numbers | sum(softmax(X*W) .* Y) | X: matrix(4, 3); W: matrix(3, 2); Y: matrix(4, 2) | W | X'*(softmax(X*W) .* (Y - rowsum(softmax(X*W) .* Y)))
one row | sum(sin(X)) | X: matrix(1, n) | X | cos(X)
one column | X'*A*X | A: matrix(n, n); X: matrix(n, 1) | X | (A + A')*X
one entry | x*y*exp(x*y) | x: matrix(1, 1); y: scalar | x | y*exp(x*y)*(1 + x*y)
product of sizes | norm2(kron(x, y) - z)^2 | x: vector(m); y: vector(n); z: vector(m*n) | y | 2*(norm2(x)^2*y - unvec(z, n, m)*x)
product of sizes | vec(A*X)'*z | A: matrix(m, n); X: matrix(n, p); z: vector(m*p) | X | A'*unvec(z, m, p)
size as a scalar | sum(X)/(m*n) - n*tr(X*A) | X: matrix(m, n); A: matrix(n, m) | X | ones(m, n)/(m*n) - n*A'
"""


def _lines(text: str) -> tuple[Line, ...]:
    lines = []
    source = kind = ""
    for row in filter(None, text.splitlines()):
        if row.startswith("=="):
            _, source, kind = (part.strip() for part in row.split("=="))
            continue
        number, formula, where, wrt, answer = (part.strip() for part in row.split("|"))
        names = tuple(name.strip() for name in wrt.split(","))
        lines.append(Line(formula, where, names, answer, f"{source}, {number}", kind))
    return tuple(lines)


LINES = _lines(_TEXT)
