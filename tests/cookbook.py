"""Derivatives as the books print them: one line a formula.

A line reads ``number | formula | declarations | variable | answer``; the section above it says the book and the kind of
derivative. The answer follows the conventions of the contract: a gradient has the shape of its variable, the Jacobian of
a matrix function is ``d vec F = J d vec X``, a Hessian is the matrix of ``d²f = (d vec X)' H (d vec X)`` (with two variables
the mixed block). Sizes are drawn so that they ascend with the alphabet: ``matrix(m, n)`` is wide, ``matrix(n, m)`` tall.
"""
# ruff: noqa: E501

from __future__ import annotations

from typing import NamedTuple

KINDS = ("gradient", "jacobian", "hessian")


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
(92) | a'*(X^2)'*X^2*b | X: matrix(n, n); a, b: vector(n) | X | X*a*b'*(X^2)' + X^2*a*b'*X' + a*b'*(X^2)'*X + X'*X^2*a*b'
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
tab. 9.7 | pinv(X) | X: matrix(n, m) | X | -kron(pinv(X)', pinv(X)) + kron(eye(n) - X*pinv(X), pinv(X)*pinv(X)')*commutation(n, m)
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
tab. 10.3 | a'*inv(X)*b | a, b: vector(n); X: matrix(n, n) | X | commutation(n, n)*(kron(inv(X)'*a*b'*inv(X)', inv(X)) + kron(inv(X)', inv(X)*b*a'*inv(X)))'
ch. 10 | tr(X^3) | X: matrix(n, n) | X | 3*commutation(n, n)*(kron(X', eye(n)) + kron(eye(n), X))
ch. 10 | x'*X*y | X: matrix(m, n); x: vector(m); y: vector(n) | x, X | kron(y', eye(m))
ch. 10 | x'*X*y | X: matrix(m, n); x: vector(m); y: vector(n) | X, y | kron(eye(n), x)
ch. 10 | tr(A*X*B*Y) | A: matrix(k, m); X: matrix(m, n); B: matrix(n, p); Y: matrix(p, k) | X, Y | commutation(n, m)*kron(A', B)'*commutation(p, k)
ch. 10 | norm2(X)^2 | X: matrix(m, n) | X | 2*eye(m*n)
ch. 10 | norm2(A*X - B)^2 | A: matrix(m, n); X: matrix(n, p); B: matrix(m, p) | X | 2*kron(eye(p), A'*A)
ch. 10 | sum(X .^ 3) | X: matrix(m, n) | X | 6*diag(vec(X))
ch. 10 | sum(X)^2 | X: matrix(m, n) | X | 2*ones(m*n, m*n)
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
