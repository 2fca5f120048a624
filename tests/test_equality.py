"""Equality: what must be proved, what must be refuted, and that a proof never contradicts numbers."""

from __future__ import annotations

from itertools import permutations, product
from random import Random

import numpy as np
import pytest
from expressions import DECLARATIONS, SHAPES, expressions, leaves, plainly, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

import matdiff as md
from matdiff.equality import decide, proved_equal
from matdiff.equality.differentials import varying_names
from matdiff.equality.field import P, eliminated, is_rational
from matdiff.equality.verdict import Comparison
from matdiff.evaluate import values
from matdiff.expr import Expr, differential
from matdiff.identities import IDENTITIES, Identity
from matdiff.reader import read_model
from matdiff.sampling import INTEGERS, directions, evaluate_with_differentials, points

WHERE = """n, m, k: dim; A, C: matrix(m, n); B: matrix(n, k); P, Q, R: matrix(n, n); S: symmetric(n)
O: orthogonal(n); D: diagonal(n); x, y, z: vector(n); u: vector(m); r: row(n); Y: onehot(m, n)
a, b, c: scalar; q: matrix(1, 1); sigma: function"""

PROVED = """
tr(P*Q*R) == tr(Q*R*P)
tr(P*Q*R) == tr(R'*Q'*P')
sum(A .* C) == tr(A'*C)
x'*P*y == y'*P'*x
x*y'*z*x' == (y'*z)*x*x'
tr((P .* Q)*R') == sum(R .* P .* Q)
diag(x)*y == x .* y
tr(diag(x)*P) == x'*diag(P)
x'*(P .* Q)*y == tr(diag(x)*P*diag(y)*Q')
diag(P*diag(x)*Q) == (P .* Q')*x
norm2(A)^2 == tr(A'*A)
norm2(A*B)^2 == tr(B*B'*A'*A)
A + u*ones(1, n) == A + u
mean(A, axis=0) == colsum(A)/m
vec(A*B) == kron(B', eye(m))*vec(A)
vec(P*Q*R) == kron(R', P)*vec(Q)
kron(P, Q)*kron(R, S) == kron(P*R, Q*S)
inv(kron(P, Q)) == kron(inv(P), inv(Q))
tr(kron(P, Q)) == tr(P)*tr(Q)
commutation(m, n)*vec(A) == vec(A')
inv(P*Q) == inv(Q)*inv(P)
inv(P') == inv(P)'
(P + Q)*inv(P + Q) == eye(n)
inv(A'*A)*A'*A == eye(n)
inv(2*P) == inv(P)/2
inv(a + b)*P == P/(b + a)
inv(x'*y + 1)*(1 + y'*x) == 1
inv(inv(a + b)) == a + b
inv(P) - inv(Q) == inv(P)*(Q - P)*inv(Q)
D^3*inv(eye(n) + D) == D^2*(eye(n) - inv(eye(n) + D))
diag(x)^2*inv(P + diag(x)) == diag(x)*(eye(n) - P*inv(P + diag(x)))
(x .* x)*x'*inv(P + x*x') == x .* (eye(n) - P*inv(P + x*x'))
inv(eye(n) + P*Q)*P == P*inv(eye(n) + Q*P)
inv(P + x*y') == inv(P) - inv(P)*x*y'*inv(P)/(1 + y'*inv(P)*x)
adj(P)*P == det(P)*eye(n)
det(P*Q) == det(Q)*det(P)
det(2*P') == 2^n*det(P)
det(inv(P)) == 1/det(P)
logdet(P*inv(Q)) == logdet(P) - logdet(Q)
S' == S
inv(S)' == inv(S)
O'*O == eye(n)
O*P*inv(O) == O*P*O'
D*diag(x) == diag(x)*D
inv(D)*D == eye(n)
relu(x) == x .* 1(x > 0)
relu(x) - relu(-x) == x
abs(x) == max(x, -x)
x .* sign(x) == abs(x)
1(x > 0) + 1(x <= 0) == ones(n)
1(relu(x) > 0) == 1(x > 0)
1(-3*x > 0) == 1(x < 0)
1(x >= 0) .* x == relu(x)
sigmoid(-x) == 1 - sigmoid(x)
sum(sigmoid(x)) + sum(sigmoid(-x)) == n
tanh(x) == 2*sigmoid(2*x) - 1
tanh(x) == sinh(x) ./ cosh(x)
cosh(x) .^ 2 - sinh(x) .^ 2 == ones(n)
sin(x) .^ 2 + cos(x) .^ 2 == ones(n)
softplus(x) - softplus(-x) == x
silu(x) == x ./ (1 + exp(-x))
exp(a + b) == exp(a)*exp(b)
a^b*a^c == a^(b + c)
log(a*b) == log(a) + log(b)
sqrt(8)*a == 2*sqrt(2)*a
sqrt(a*b) == sqrt(b)*sqrt(a)
1/a - 1/(a + b) == b/(a*(a + b))
1/b - 1/(a + b) == a/(b*(a + b))
sigmoid(a)*(1 - sigmoid(a))/sigmoid(a) == 1 - sigmoid(a)
sum(sigmoid(x) .^ 2 .* y ./ sigmoid(x)) == sum(y .* sigmoid(x))
x/norm2(x)*norm2(x) == x
prod_others(x) .* x == prod(x)*ones(n)
prod_others(x) == prod(x) ./ x
sqrt(a^2) == abs(a)
sqrt(a^4) == a^2
(a^2)^(3/2) == a^2*abs(a)
((x'*y)^2)^(1/2) == abs(x'*y)
sum(sqrt(x .^ 2)) == norm1(x)
norm2(a*x) == abs(a)*norm2(x)
log(a^2) == 2*log(abs(a))
log(x .^ 4) == 4*log(abs(x))
det(q) == q
adj(q) == 1
logdet(q) == log(abs(q))
det(O)^2 == 1
det(O)^3 == det(O)
logdet(O*P) == logdet(P)
norm2(O)^2 == tr(O'*O)
norm2(O)^2 == n
-logdet(inv(P)) == logdet(P)
sqrt(det(P*P')) == abs(det(P))
a^n*a == a^(n + 1)
(a*b)^n == a^n*b^n
sqrt(2^(2*n)) == 2^n
x .^ n .* x == x .^ (n + 1)
(a^2)^b == abs(a)^(2*b)
(x .^ 4) .^ b == abs(x) .^ (4*b)
A*pinv(A)*A == A
u'*pinv(A)'*A'*pinv(A)' == u'*pinv(A)'
sin(2*a) == 2*sin(a)*cos(a)
cos(2*a) == 1 - 2*sin(a)^2
cos(pi/3) == 1/2
sin(a + 5*pi/4) == -sqrt(2)/2*(sin(a) + cos(a))
tan(pi/6) == 1/sqrt(3)
sin(3*a) == 3*sin(a) - 4*sin(a)^3
cos(a - b) == cos(a)*cos(b) + sin(a)*sin(b)
sin(A*x + u) == sin(A*x) .* cos(u) + cos(A*x) .* sin(u)
sin(a + pi) == -sin(a)
cos(x + pi/2) == -sin(x)
cos(a + 3*pi) == -cos(a)
a/abs(a) == sign(a)
x ./ abs(x) == sign(x)
b*abs(a)/a == b*sign(a)
relu(a)/a == 1(a >= 0)
1/sign(a) == sign(a)
softmax(A) == exp(A) ./ rowsum(exp(A))
softmax(A + u) == softmax(A)
softmax(A)*ones(n) == ones(m)
log(softmax(A)) == A - logsumexp(A)
softmax(x) .* (z - softmax(x)'*z) == (diag(softmax(x)) - softmax(x)*softmax(x)')*z
Y*ones(n) == ones(m)
Y .* Y == Y
log(rowsum(softmax(A) .* Y)) == rowsum(log(softmax(A)) .* Y)
sigma(P)' == sigma(P')
sigma'(x)*3 == sigma'(x) + 2*sigma'(x)
d(P*Q) == dP*Q + P*dQ
d(inv(P)) == -inv(P)*dP*inv(P)
d(tr(P*P)) == tr(2*P*dP)
d(norm2(P)) == tr(P'*dP)/norm2(P)
d(softmax(x)) == (diag(softmax(x)) - softmax(x)*softmax(x)')*dx
d(d(tr(P*P))) == 2*tr(dP*dP)
dS' == dS
"""

REFUTED = """
P*Q == Q*P
x'*P*y == y'*P*x
2*P == P
P' == P
tr(P*Q*R) == tr(Q*P*R)
tr(P*Q) == tr(P)*tr(Q)
inv(P + Q) == inv(P) + inv(Q)
det(2*P) == 2*det(P)
exp(P) == exp(P')
x*y' == y*x'
kron(P, Q) == kron(Q, P)
relu(x) == x
abs(x) == x
sqrt(a^2) == a
1(x > 0) == 1(x >= 0)
sum(P)/n == mean(P)
(a^2)^b == a*abs(a)^(2*b - 1)
a/abs(a) == -sign(a)
a^2/abs(a) == a
sign(a)^2 == 1
2*1(P == max(P))/sum(1(P == max(P))) == 1(P == max(P))/sum(1(P == max(P)))
sin(2*a) == 2*sin(a)
sin(a + b) == sin(a)*cos(b) - cos(a)*sin(b)
sin(a + pi) == sin(a)
A*pinv(A) == eye(m)
mean(A, axis=0) == mean(A, axis=0)*n/m
softmax(A) == softmax(A')'
log(1 + exp(a)) == a
O*O == eye(n)
Y*Y' == eye(m)
d(P*P) == 2*P*dP
d(inv(P)) == -inv(P)*inv(P)*dP
d(relu(x)) == 1(x < 0) .* dx
(a*y) .* inv(eye(n) + (D + x)*(D + x)') == (-a*y) .* inv(eye(n) + (x - D)*(x - D)')
diag(x)^2*inv(P + diag(x)) == diag(x)*(eye(n) + P*inv(P + diag(x)))
"""


FAR_AWAY = """
norm2(x + x) == norm2(x - x)
norm2(A + A) == norm2(A - A)
norm2(c - c) == 7
norm2(0*a) == 3
inv(x*y') == 7*P
logdet(x*x') == 4
1(a > 50) == 0
relu(a - 100) == 0
relu(x'*x - 500) == 0
max(a, 40) == 40
max(a, -1000) == a
max(min(a, 1000), -1000) == a
abs(a + 1000) == a + 1000
sigmoid(a - 100) == 0
sigmoid(a) == 1(a > 0)
tanh(a + 50) == 1
tanh(1000*a) == sign(a)
exp(-a^2*1e6) == 0
exp(-(a - 1000)^2) == 0
1(norm2(x)^2 > 1000) == 0
1(sum(x) > 12345) == 0
1(x'*y > 1e6) == 0
1(a > 50)*1(a < 51) == 0
1(a > 2)*1(a < 2.0001) == 0
1(abs(a - 50) < 1) == 0
sign(a)^2 == 1
1(a == 0) == 0
1(a == 3.7) == 0
1(2*a == 6) == 0
1(a == b) == 0
1(a == b)*1(a > 1) == 0
1(a > 0) + 1(a < 0) == 1
max(a, b) - min(a, b) == a - b
arcsin(sin(a)) == a
arccos(cos(a)) == a
arctan(tan(a)) == a
log(exp(a)) == abs(a)
pinv(P)*P == eye(n)
(n-1)*(n-2)*(n-3)*(n-4)*(n-5)*(n-6)*(n-7) == 0
(n-31)*(n-32)*a == 0
n^4 - 10*n^3 + 35*n^2 - 50*n == -24
n*m == n + m
relu(n - 4) == 0
max(n, 5) == 5
1(n > 1000)*a == 0
1(n == 77)*a == 0
det(outer(u, ones(m)))*A == det(outer(u, ones(m)))*2*A
1e-30*norm2(x)^2 == 0
1e-100*a == 0
3.14159265358979*a == pi*a
2.718281828459045*a == exp(1)*a
a^n*abs(a) == a^n*a
sqrt(a^(2*n)) == a^n
abs(a)^n == a^n
a^b*abs(a) == a^b*a
((a^2)^b)^(1/2) == a^b
(a^2)^b == a^(2*b)
1(sqrt(a) > 0) == 1
1(a > 0) == 1 + 0*sqrt(a)
(a^2)^(3/2) == a^3
((x'*y)^2)^(1/2) == x'*y
sqrt(a^6) == a^3
sqrt(a^2*b) == a*sqrt(b)
log(a^4) == 2*log(abs(a))
abs(det(P)) == det(P)
det(O) == 1
det(O*P) == det(P)
sqrt(det(P*P')) == det(P)
exp(logdet(P)) == det(P)
det(-P) == det(P)
adj(-P) == -adj(P)
adj(q) == q
norm2(q) == q
kron(P, q*eye(n)) == kron(eye(n), P)
pinv(P*Q) == pinv(Q)*pinv(P)
sign(a)*sign(a) == 1
1(x'*x > 0) == 1
1(a*b > 0) == 1(a > 0)*1(b > 0)
(a^n)^(1/n) == a
sqrt(a^b) == a^(b/2)
(a^b)^c == a^(b*c)
(x .^ a) .^ b == x .^ (a*b)
"""

NOWHERE = """
sqrt(-1 - a^2) == 7
log(-exp(a)) == b
arcsin(2 + a^2) == 3
1/(a - a) == b
a/(b - b) == 3
log(a - a) == b
inv(P - P) == zeros(n, n)
"""


def sides(line: str, where: str = WHERE) -> tuple[Expr, Expr]:
    objective = read_model(line, where=where).objective
    assert objective is not None
    left, right = objective.args
    return left, right


@pytest.mark.parametrize("line", PROVED.split("\n")[1:-1])
def test_proved(line: str) -> None:
    assert decide(*sides(line)).how == "proved"


@pytest.mark.parametrize("line", REFUTED.split("\n")[1:-1])
def test_refuted_with_a_counterexample_in_small_integers(line: str) -> None:
    verdict = decide(*sides(line))
    assert verdict.how == "refuted" and not verdict.holds
    found = verdict.counterexample
    assert found is not None
    assert not np.allclose(found.left, found.right)
    if "O" not in line:
        assert all(np.array_equal(value, np.round(value)) for value in found.values.values())


ROUNDED = [
    # true, though pi is no number of floating point: beside a zero, and beside a pole
    ("tan(a + pi)", "tan(a)"),
    ("sin(pi)*a", "0*a"),
    ("sin(a + pi)/(1 + a^2)", "-sin(a)/(1 + a^2)"),
    ("tan(pi/2 + a)*tan(a)", "-1"),
    ("sin(x + 1/3) - sin(x)", "2*cos(x + 1/6)*sin(1/6)"),
    ("sin(1e9*pi + a)", "sin(a)"),
]


@pytest.mark.parametrize(("one", "other"), ROUNDED)
def test_what_is_only_rounding_refutes_nothing(one: str, other: str) -> None:
    verdict = md.equal(one, other, where=WHERE)
    assert verdict.holds, verdict.counterexample


@pytest.mark.parametrize("line", FAR_AWAY.split("\n")[1:-1])
def test_refuted_where_random_points_never_lie(line: str) -> None:
    verdict = decide(*sides(line))
    assert verdict.how == "refuted" and verdict.counterexample is not None


@pytest.mark.slow
@pytest.mark.parametrize("line", NOWHERE.split("\n")[1:-1])
def test_what_is_nowhere_finite_is_undecided(line: str) -> None:
    verdict = decide(*sides(line))
    assert verdict.how == "undecided" and not verdict.holds
    report = md.check(f"```matdiff\n{WHERE}\n```\n```derivation\n{line.replace('==', '=')}\n```")
    assert [link.verdict for link in report.links] == ["ill-formed"] and not report.ok
    assert "undecided" in report.links[0].detail


def test_what_is_true_but_unproved_is_called_sampled() -> None:
    verdict = decide(*sides("det(eye(n) + x*y') == 1 + y'*x"))
    assert verdict.how == "sampled" and verdict.holds
    assert verdict.points >= 3 and verdict.error < 1e-8
    assert "agrees at" in str(verdict)


def standard_identity() -> str:
    """Σ sign(p) X_p1 X_p2 X_p3 X_p4, which vanishes on 2×2 matrices and on no larger ones."""
    terms = []
    for order in permutations(range(4)):
        inversions = sum(order[i] > order[j] for i, j in product(range(4), repeat=2) if i < j)
        terms.append(("-" if inversions % 2 else "+") + "*".join("PQRS"[k] for k in order))
    return "".join(terms)


def test_an_identity_of_two_by_two_matrices_is_none_of_all_sizes() -> None:
    text = standard_identity() + " == zeros(n, n)"
    verdict = decide(*sides(text, "P, Q, R, S: matrix(n, n)"))
    assert verdict.how == "refuted"
    assert verdict.counterexample is not None and verdict.counterexample.sizes["n"] >= 3
    small = text.replace("zeros(n, n)", "zeros(2, 2)")
    assert decide(*sides(small, "P, Q, R, S: matrix(2, 2)")).how == "sampled"


def test_different_sizes_are_refuted() -> None:
    verdict = md.equal("A", "A'", where="A: matrix(m, n)")
    assert verdict.how == "refuted" and "m×n" in str(verdict)


def test_masks_that_differ_at_zero_agree_almost_everywhere() -> None:
    left, right = sides("1(x > 0) .* y == 1(x >= 0) .* y")
    assert decide(left, right).how == "refuted"
    assert decide(left, right, almost_everywhere=True).how == "proved"


def test_names_are_used_as_they_stand_and_as_what_they_mean() -> None:
    model = "p = softmax(x); q = exp(x)/sum(exp(x))\n"
    assert decide(*sides(model + "p*q' == q*p'", "x: vector(n)")).how == "proved"
    assert decide(*sides(model + "p + 0*x == q", "x: vector(n)")).how == "proved"


def test_what_varies_is_what_is_written() -> None:
    model = "h = W*x; f = norm2(h - y)^2\n"
    where = "W: matrix(m, n); x: vector(n); y: vector(m)"
    assert decide(*sides(model + "d(f) == 2*(h - y)'*dh", where)).how == "proved"
    assert decide(*sides(model + "df == 2*(h - y)'*dW*x", where)).how == "proved"
    assert decide(*sides(model + "df == 2*(h - y)'*W*dx", where)).how == "proved"
    assert decide(*sides(model + "df == 2*(h - y)'*(dW*x + W*dx)", where)).how == "proved"
    assert decide(*sides(model + "df == 2*(h + y)'*dh", where)).how == "refuted"
    assert decide(*sides(model + "dh == dW*x - W*dx", where)).how == "refuted"


UNCONDITIONAL = [identity for identity in IDENTITIES if not identity.commute]


@pytest.mark.parametrize("identity", UNCONDITIONAL, ids=lambda identity: identity.equation)
def test_the_identities_of_the_engine_are_proved_without_it(identity: Identity) -> None:
    rule = plainly(identity)
    assert decide(rule.left, rule.right).how == "proved"


@settings(max_examples=150, derandomize=True)
@given(st.sampled_from(SHAPES).flatmap(expressions), st.randoms(use_true_random=False))
def test_the_order_of_terms_does_not_matter(tree: tuple[str, tuple[object, ...]], order: Random) -> None:
    left, right = sides(f"({text_of(tree)}) == ({text_of(tree, order)})", DECLARATIONS)
    assert decide(left, right).how != "refuted"


@settings(max_examples=150, derandomize=True)
@given(st.data())
def test_a_proof_never_contradicts_numbers(data: st.DataObject) -> None:
    """Two expressions that share much: what is proved equal has equal values."""
    shape = data.draw(st.sampled_from(SHAPES))
    one, other, more = (data.draw(expressions(shape, 2)) for _ in range(3))
    texts = [text_of(tree) for tree in (one, other, more)]
    pattern = data.draw(st.sampled_from(["({0}) + ({1}) - ({2})", "2*({0}) .* ({1}) + ({2})", "({1}) ./ (2 + ({0}))"]))
    chosen = [pattern.format(*data.draw(st.permutations(texts))) for _ in range(2)]
    left, right = sides(f"({chosen[0]}) == ({chosen[1]})", DECLARATIONS)
    if proved_equal(left, right):
        for point in points([left, right], 4):
            found = values([left, right], point.arrays, point.sizes, point.functions)
            assert np.allclose(found[left], found[right], rtol=1e-6, atol=1e-6)


def test_sums_of_many_terms_and_long_words_end() -> None:
    word = "*".join(["P", "Q"] * 150)
    assert decide(*sides(f"tr({word}) == tr(Q*{word}*inv(Q))")).holds
    many = " + ".join(f"{k}*P*Q" for k in range(300))
    assert decide(*sides(f"{many} == {sum(range(300))}*P*Q")).how == "proved"
    blown = "*".join(["(P + Q)"] * 14)
    assert decide(*sides(f"{blown} == {blown.replace('P + Q', 'Q + P')}")).how == "sampled"


# sampling


def test_points_lie_where_expressions_live() -> None:
    (e,) = [sides("logdet(S) + sum(log(x)) + sum(sqrt(1 - y .* y)) == a")[0]]
    found = list(points([e], 6))
    assert len(found) == 6
    for point in found:
        assert np.all(np.isfinite(values([e], point.arrays, point.sizes)[e]))
    assert not list(points([sides("log(-1 - x'*x) == a")[0]], 2))


def test_sizes_are_pairwise_different_and_points_repeat() -> None:
    e = sides("tr(A'*A) + sum(B) == a")[0]
    for point, again in zip(points([e], 5, seed=3), points([e], 5, seed=3), strict=True):
        assert len(set(point.sizes.values())) == len(point.sizes)
        assert point.sizes == again.sizes
        assert all(np.array_equal(value, again.arrays[node]) for node, value in point.arrays.items())


def test_differentials_are_directional_derivatives() -> None:
    model = read_model("f = sum(sin(x) .* x); df", where="x: vector(n)")
    x, f = model.variables["x"], model.definitions["f"]
    roots = [differential(f), differential(differential(f))]
    for point in points([f], 3):
        along = directions(point, [x])
        v, dx = point.arrays[x], along[x]
        found = evaluate_with_differentials(roots, point, along)
        assert np.allclose(found[roots[0]], np.sum((np.cos(v) * v + np.sin(v)) * dx), rtol=1e-8)
        assert np.allclose(found[roots[1]], np.sum((2 * np.cos(v) - np.sin(v) * v) * dx**2), rtol=1e-5)


def test_a_kink_is_not_differentiated_across() -> None:
    model = read_model("f = abs(a - b); df", where="a, b: scalar")
    a, b = (model.variables[name] for name in "ab")
    (point,) = points([a, b], 1, styles=INTEGERS)
    point.arrays[b] = point.arrays[a]
    found = evaluate_with_differentials([differential(model.definitions["f"])], point, {a: np.ones((1, 1))})
    assert np.isnan(next(iter(found[node] for node in found if node.op == "differential" and node.args[0] is not a)))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("log(1 - sigmoid(40*x))", "-softplus(40*x)"),  # of 1 - sigmoid hardly a digit is left
        ("1 ./ (1 - sigmoid(30*x))", "1 + exp(30*x)"),
        ("sqrt(1 + 10^8*x .* x) - 10^4*abs(x)", "1 ./ (sqrt(1 + 10^8*x .* x) + 10^4*abs(x))"),
        ("d(log(1 - sigmoid(20*x)))", "-20*sigmoid(20*x) .* dx"),
        ("d(1 ./ (x .* x))", "-2*dx ./ x .^ 3"),
    ],
)
def test_lost_digits_are_no_difference(left: str, right: str) -> None:
    one, other = sides(f"{left} == {right}")
    at = points([one, other], 60, seed=11)
    compare = Comparison(one, other, varying_names([one, other]))
    assert compare.first(at) is None
    assert compare.used > 5
    assert decide(*sides(f"{left} == 2*({right})")).how == "refuted"


@pytest.mark.parametrize(
    ("left", "right", "says"),
    [
        ("exp(x)", "exp(x)*(1 + 10^-9)", "against"),
        ("det(P)", "det(P) + 10^-6", "1 against 1.000001"),
        ("norm2(x)", "norm2(x) + a*10^-8", "against"),
    ],
)
def test_small_differences_are_differences(left: str, right: str, says: str) -> None:
    verdict = decide(*sides(f"{left} == {right}"))
    assert verdict.how == "refuted"
    assert says in str(verdict)


# the prime field


def test_elimination_over_the_field() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.integers(0, P, (5, 5))
    det, inverse = eliminated(matrix)
    assert np.array_equal(matrix @ inverse % P, np.eye(5))
    assert eliminated(np.array([[0, 2], [3, 4]]))[0] == -6 % P
    assert eliminated(np.ones((3, 3), dtype=np.int64))[0] == 0
    assert det


def test_what_is_rational() -> None:
    assert is_rational(sides("tr(inv(P)*Q .^ 2) == det(S)/a"))
    assert not is_rational(sides("exp(P) == Q"))
    assert not is_rational(sides("O*P == Q"))


# pairs made at random: true by rewriting, false by one change

REWRITINGS = [
    "({0}) + 0*({1})", "(({0})')'", "2*({0}) - ({0})", "(({0}) + ({1})) - ({1})", "-(-({0}))",
    "({0}) .* exp(({1}) - ({1}))", "(1/3)*({0}) + (2/3)*({0})", "relu({0}) - relu(-({0}))",
    "max({0}, {1}) + min({0}, {1}) - ({1})", "({0}) .* (1(({1}) > 0) + 1(({1}) <= 0))",
]  # fmt: skip
CHANGES = [
    "({0}) + 1", "({0}) + relu(({1}) - 1000)", "({0}) + 1e-9", "({0}) + tanh(({1}) .^ 2) + 1",
    "({0}) + (n - 1)*(n - 2)*(n - 3)*(n - 4)*(n - 5)", "({0}) + exp(-1e6*({1} - ({1})))",
]  # fmt: skip


@settings(max_examples=60, derandomize=True)
@given(
    st.sampled_from(SHAPES).flatmap(lambda s: st.tuples(expressions(s, 2), expressions(s, 1))),
    st.sampled_from(REWRITINGS),
)
def test_what_is_rewritten_is_never_refuted(trees: tuple[object, object], rewriting: str) -> None:
    one, other = (text_of(tree) for tree in trees)
    assert decide(*sides(f"({one}) == ({rewriting.format(one, other)})", DECLARATIONS)).how != "refuted"


@settings(max_examples=60, derandomize=True)
@given(
    st.sampled_from(SHAPES).flatmap(
        lambda s: st.tuples(expressions(s, 2), st.sampled_from([n for n in leaves(s) if n[0].isalpha()]))
    ),
    st.sampled_from(CHANGES),
)
def test_what_is_changed_is_never_proved(trees: tuple[object, str], change: str) -> None:
    one, leaf = text_of(trees[0]), trees[1]
    assert decide(*sides(f"({one}) == ({change.format(one, leaf)})", DECLARATIONS)).how in ("refuted", "undecided")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("A*inv(A'*A)*A'", "eye(m)"),
        ("tr(A*inv(A'*A)*A')", "tr(eye(m))"),
        ("(u - A*inv(A'*A)*A'*u)'*u", "0"),
    ],
)
def test_what_is_not_square_has_no_inverse_that_a_proof_may_use(left: str, right: str) -> None:
    pair = sides(f"{left} == {right}")
    assert not proved_equal(*pair)
    assert decide(*pair).how == "refuted"


def test_what_differs_at_a_point_is_never_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matdiff.equality.comparison.proved_equal", lambda *sides, **rest: True)
    assert decide(*sides("P*Q == Q*P")).how == "refuted"
