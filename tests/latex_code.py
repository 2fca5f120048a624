"""LaTeX as textbooks, papers, Wikipedia and question-and-answer sites write it, with its twin in matdiff's notation.

A line reads ``LaTeX ⟶ twin``, with ``⏎`` for the end of a line. The line above a group holds its declarations (without
any the names follow their letters); a third column holds those of one line alone.
"""
# ruff: noqa: E501

from __future__ import annotations

_TEXT = r"""
== A, B: matrix(n, n); X: matrix(m, n); x, y, w, mu, beta: vector(n); b, z: vector(m); Sigma, S: symmetric(n); lambda, sigma, gamma: scalar; Y: matrix(m,n)
\mathrm{Tr}(\mathbf{A}\mathbf{X}^T\mathbf{X}) ⟶ tr(A*X'*X)
\mathbf{x}^{\mathsf{T}}\mathbf{A}\mathbf{x} ⟶ x'*A*x
\mathbf{x}^{\mathsf T}\mathbf{A}\mathbf{x} + \mathbf{y}^{\mathsf T}\mathbf{x} ⟶ x'*A*x + y'*x
\log |\Sigma| ⟶ logdet(Sigma)
\ln\det(X^\top X) ⟶ logdet(X'*X)
\ln\left|\mathbf{X}^T\mathbf{X}\right| ⟶ logdet(X'*X)
\ln |\det(\mathbf{A})| ⟶ logdet(A)
\left|\mathbf{X}\mathbf{A}\mathbf{X}^{T}\right| ⟶ det(X*A*X')
\|x\|^2 ⟶ norm2(x)^2
\lVert X \rVert_F ⟶ norm2(X)
\lVert X \rVert_{\text{F}}^2 ⟶ norm2(X)^2
\left\lVert X w - b \right\rVert_2^2 ⟶ norm2(X*w - b)^2
\langle A, B\rangle ⟶ inner(A, B)
\left\langle X, Y \right\rangle ⟶ inner(X, Y)
(x-\mu)^\top\Sigma^{-1}(x-\mu) ⟶ (x - mu)'*inv(Sigma)*(x - mu)
(\mathbf{x}-\boldsymbol{\mu})^{\mathrm T}\boldsymbol{\Sigma}^{-1}(\mathbf{x}-\boldsymbol{\mu}) ⟶ (x - mu)'*inv(Sigma)*(x - mu)
-\frac{1}{2}(\mathbf{x}-\boldsymbol{\mu})^{\mathrm T}\boldsymbol{\Sigma}^{-1}(\mathbf{x}-\boldsymbol{\mu}) - \frac12 \ln|\boldsymbol\Sigma| - \frac{n}{2}\ln(2\pi) ⟶ -(x - mu)'*inv(Sigma)*(x - mu)/2 - logdet(Sigma)/2 - n/2*log(2*pi)
e^{-x} ⟶ exp(-x)
\exp\{-\tfrac12 x^\top x\} ⟶ exp(-x'*x/2)
\exp\left\{-\frac{1}{2\sigma^2}\|x-\mu\|^2\right\} ⟶ exp(-norm2(x - mu)^2/(2*sigma^2))
\exp\left(-\frac{\|x-y\|^2}{2\sigma^2}\right) ⟶ exp(-norm2(x - y)^2/(2*sigma^2))
\exp(-\gamma\|x-y\|^2) ⟶ exp(-gamma*norm2(x - y)^2)
(x^\top y + c)^d ⟶ (x'*y + c)^d
\tanh(\gamma x^\top y + c) ⟶ tanh(gamma*x'*y + c)
\mathbf 1^\top \exp(x) ⟶ ones(n)'*exp(x)
\log \mathbf 1^\top \exp(x) ⟶ log(ones(n)'*exp(x))
\log(\mathbf 1^\top e^{x}) ⟶ log(ones(n)'*exp(x))
\frac{\exp(x)}{\mathbf 1^\top \exp(x)} ⟶ exp(x)/(ones(n)'*exp(x))
\operatorname{diag}(x) y ⟶ diag(x)*y
A\otimes B ⟶ kron(A, B)
X' ⟶ X'
A^{-T} ⟶ inv(A)'
A^{\dagger} ⟶ pinv(A)
X^+ ⟶ pinv(X)
X^{+}b ⟶ pinv(X)*b
f(x) = x^\top A x + b^\top b ⟶ f = x'*A*x + b'*b
f(\mathbf{x}) = \mathbf{x}^\top A \mathbf{x} ⟶ f = x'*A*x
f(X) = \operatorname{tr}(X^\top X) ⟶ f = tr(X'*X)
\underbrace{(x-\mu)^\top S (x-\mu)}_{\text{Mahalanobis}} ⟶ (x - mu)'*S*(x - mu)
\underbrace{x^\top A x}_{=:f} + \overbrace{x^\top y}^{\text{linear}} ⟶ x'*A*x + x'*y
x^\top A x \nonumber ⟶ x'*A*x
x^\top A x \label{eq:1} \tag{1} ⟶ x'*A*x
x^\top\cdot A\cdot x ⟶ x'*A*x
x^\top A\times x ⟶ x'*A*x
\begin{align}⏎f &= x^\top A x \\[4pt]⏎&\quad + y^\top x \nonumber⏎\end{align} ⟶ f = x'*A*x + y'*x
\begin{equation}\begin{split}⏎f &= x^\top A x \\⏎&\quad + y^\top x⏎\end{split}\end{equation} ⟶ f = x'*A*x + y'*x
\begin{equation}⏎\label{eq:q}⏎x^\top A x⏎\end{equation} ⟶ x'*A*x
x^\top A x % quadratic form ⟶ x'*A*x
\bigl(x - y\bigr)^{\intercal} A \bigl(x-y\bigr) ⟶ (x - y)'*A*(x - y)
x^\trans A x ⟶ x'*A*x
xᵀ A x ⟶ x'*A*x
‖x‖² ⟶ norm2(x)^2
‖x − y‖ ⟶ norm2(x - y)

== A: matrix(k,m); X: matrix(m,n); B: matrix(n,k)
\mathrm{Tr}[AXB] ⟶ tr(A*X*B)
\text{tr}\,AXB ⟶ tr(A*X*B)
\operatorname{tr}\{ A X B \} ⟶ tr(A*X*B)
\operatorname{vec}(AXB) ⟶ vec(A*X*B)
(B^\top\otimes A)\operatorname{vec}(X) ⟶ kron(B', A)*vec(X)
(B^\top\otimes A)\operatorname{vec} X ⟶ kron(B', A)*vec(X)
(\mathbf{B}'\otimes\mathbf{A})\,\mathrm{vec}\,\mathbf{X} ⟶ kron(B', A)*vec(X)

== A: matrix(m,n); X: matrix(m,n)
\operatorname{tr} A^\top X ⟶ tr(A'*X)
\operatorname{tr} A^\top X + \operatorname{tr} X^\top A ⟶ tr(A'*X) + tr(X'*A)
2\operatorname{tr} A^\top X - 3 ⟶ 2*tr(A'*X) - 3

== sigma: function; w, x: vector(n)
\sigma(\mathbf{w}^{\rm T}\mathbf{x}) ⟶ sigma(w'*x)
\sigma(w^\top x)(1-\sigma(w^\top x)) ⟶ sigma(w'*x)*(1 - sigma(w'*x))
\ln\sigma(\mathbf{w}^{T}\mathbf{x}) ⟶ log(sigma(w'*x))

== X: matrix(n, d); w, beta, theta: vector(d); y: vector(n); lambda, alpha: scalar
\|y - X\beta\|^2 + \lambda\|\beta\|_1 ⟶ norm2(y - X*beta)^2 + lambda*norm1(beta)
\lVert y - X\beta\rVert_2^2 + \lambda\lVert\beta\rVert_2^2 ⟶ norm2(y - X*beta)^2 + lambda*norm2(beta)^2
\frac{1}{2n}\|X w - y\|_2^2 + \frac{\lambda}{2}\|w\|_2^2 ⟶ norm2(X*w - y)^2/(2*n) + lambda/2*norm2(w)^2
(y-X\beta)^\top(y-X\beta) ⟶ (y - X*beta)'*(y - X*beta)
(\mathbf y-\mathbf X\boldsymbol\beta)'(\mathbf y-\mathbf X\boldsymbol\beta) ⟶ (y - X*beta)'*(y - X*beta)
\mathbf y^\top\mathbf y - 2\boldsymbol\beta^\top\mathbf X^\top\mathbf y + \boldsymbol\beta^\top\mathbf X^\top\mathbf X\boldsymbol\beta ⟶ y'*y - 2*beta'*X'*y + beta'*X'*X*beta
(X^\top X)^{-1}X^\top y ⟶ inv(X'*X)*X'*y
(X^{\top}X+\lambda I)^{-1}X^{\top}y ⟶ inv(X'*X + lambda*I)*X'*y
(X^{T}X+\lambda \mathbf{I}_d)^{-1}X^{T}y ⟶ inv(X'*X + lambda*eye(d))*X'*y
\sum_{i=1}^n (x_i^\top w - y_i)^2 ⟶ norm2(X*w - y)^2
\sum_{i=1}^{n}\left(y_i - w^\top x_i\right)^2 ⟶ norm2(X*w - y)^2
-\sum_{i=1}^n y_i \log\frac{1}{1+e^{-x_i^\top w}} + (1-y_i)\log\left(1-\frac{1}{1+e^{-x_i^\top w}}\right) ⟶ -(y'*log(1 ./ (1 + exp(-X*w))) + (1 - y)'*log(1 - 1 ./ (1 + exp(-X*w))))
\sum_{i=1}^n (y_i - x_i^\top w)^2 + \lambda\|w\|^2 ⟶ norm2(y - X*w)^2 + lambda*norm2(w)^2
\sum_{i=1}^n (y_i - x_i^\top w)^2 + \lambda\sum_{j=1}^d w_j^2 ⟶ norm2(y - X*w)^2 + lambda*sum(w.^2)
\sum_{i=1}^n (y_i - x_i^\top w)^2 + \lambda\sum_{j=1}^d |w_j| ⟶ norm2(y - X*w)^2 + lambda*norm1(w)
\sum_{i=1}^n \Big(y_i - \sum_{j=1}^d x_{ij} w_j\Big)^2 + \lambda\sum_{j=1}^d |w_j| ⟶ norm2(y - X*w)^2 + lambda*norm1(w)
\frac1n \sum_{i=1}^n \log(1 + \exp(-y_i \langle w, x_i\rangle)) ⟶ sum(log(1 + exp(-y .* (X*w))))/n
\frac{1}{n}\sum_{i=1}^{n}\max(0,1-y_{i}(w^{T}x_{i})) ⟶ sum(relu(1 - y .* (X*w)))/n
\frac{1}{n}\sum_{i=1}^{n}\max\left(0,1-y_{i}\left(\mathbf {w} ^{\mathsf {T}}\mathbf {x} _{i}\right)\right)+\lambda \lVert \mathbf {w} \rVert ^{2} ⟶ sum(relu(1 - y .* (X*w)))/n + lambda*norm2(w)^2
\sum_{i} \mathbf{x}_i\mathbf{x}_i^\top ⟶ X'*X
\sum_{i} y_i\mathbf{x}_i ⟶ X'*y
\sum_{i=1}^n (x_i^\top w - y_i) x_i ⟶ X'*(X*w - y)

== X: matrix(m, d); theta: vector(d); y: vector(m)
J(\theta) = \frac{1}{2}\sum_{i=1}^{m}\left(\theta^T x^{(i)} - y^{(i)}\right)^2 ⟶ J = norm2(X*theta - y)^2/2
\frac{1}{2}(X\theta - \vec{y})^T(X\theta - \vec{y}) ⟶ (X*theta - y)'*(X*theta - y)/2

==
\sum_i (x_i \cdot w - y_i)^2 ⟶ norm2(X*w - y)^2
\sum_i x_i y_i^\top ⟶ X'*Y
\sum_{ij} x_{ij} y_{ij} ⟶ sum(X .* Y)
\sum_i \mathbf{x}_i ⟶ X'*ones(rows(X))
\sum_{i=1}^n (x_i^\top w - y_i)^2 ⟶ norm2(X*w - y)^2
\sum_{i=1}^n (y_i - w^\top x_i)^2 ⟶ norm2(X*w - y)^2
\frac1n\sum_{i=1}^n (y_i - \mathbf{w}^\top \mathbf{x}_i)^2 ⟶ norm2(X*w - y)^2/rows(X)
\sum_i x_i^\top A x_i ⟶ tr(X*A*X')
\sum_i x_i x_i^\top ⟶ X'*X
\sum_i \|x_i - m\|^2 ⟶ norm2(X - m')^2
\sum_i \|y_i - W x_i\|^2 ⟶ norm2(Y - X*W')^2
\sum_{i} x_i y_i ⟶ x'*y
\sum_{ij} A_{ij} B_{ij} ⟶ sum(A .* B)
\sum_{i,j} A_{ij} x_i x_j ⟶ x'*A*x
\sum_i\sum_j x_i A_{ij} y_j ⟶ x'*A*y
\sum_{i=1}^m\sum_{j=1}^n |X_{ij}| ⟶ sum(abs(X))
\sum_{i=1}^{m}\sum_{j=1}^{n} X_{ij}^2 ⟶ norm2(X)^2
\sum_{i=1}^n \log(1+e^{-y_i x_i^\top w}) ⟶ sum(log(1 + exp(-y .* (X*w))))
\sum_{i=1}^n \log\left(1+\exp(-y_i w^\top x_i)\right) ⟶ sum(log(1 + exp(-y .* (X*w))))
\sum_{i=1}^n \max(0, 1-y_i w^\top x_i) ⟶ sum(relu(1 - y .* (X*w)))
\sum_{i=1}^n \max\{0, 1-y_i(w^\top x_i + b)\} ⟶ sum(relu(1 - y .* (X*w + b))) ⟶ b: scalar
\max(0, Wx+b) ⟶ relu(W*x + b) ⟶ b: scalar
W_2 \max(0, W_1 x + b_1) + b_2 ⟶ W_2*relu(W_1*x + b_1) + b_2 ⟶ b_1, b_2: vector
\tilde W \bar x ⟶ W_tilde*x_bar
x₁ᵀ x₁ ⟶ x_1'*x_1
x_1ᵀ x₂ ⟶ x_1'*x_2
X ∈ ℝ^{m×n}⏎tr(XᵀX) ⟶ X: matrix(m, n)⏎tr(X'*X)
-\sum_k y_k \log p_k ⟶ -sum(y .* log(p))
-\sum_{k=1}^K t_k \ln y_k ⟶ -sum(t .* log(y))
\log\sum_{j} e^{x_j} ⟶ log(sum(exp(x)))
\sum_i x_i + y_i ⟶ sum(x + y)
-\sum_i y_i\log x_i + (1-y_i)\log(1-x_i) ⟶ -sum(y .* log(x) + (1 - y) .* log(1 - x))
\sum_i w_i x_i + b ⟶ w'*x + b
\frac1N\sum_{i=1}^N (y_i-\hat y_i)^2 ⟶ N: dim; y, y_hat: vector(N)⏎norm2(y - y_hat)^2/N
\mathrm{MSE} = \frac{1}{n}\sum_{i=1}^{n}(y_i-\hat{y}_i)^2 ⟶ n: dim; y, y_hat: vector(n)⏎MSE = norm2(y - y_hat)^2/n
X \in \mathbb{R}^{n\times d},\ w\in\mathbb{R}^d,\ y\in\mathbb{R}^n⏎\|Xw - y\|_2^2 ⟶ X: matrix(n, d)⏎w: vector(d)⏎y: vector(n)⏎lambda: scalar⏎norm2(X*w - y)^2
\|Xw - y\|_2^2, \quad X \in \mathbb{R}^{n\times d},\ w\in\mathbb{R}^d,\ y\in\mathbb{R}^n ⟶ X: matrix(n, d)⏎w: vector(d)⏎y: vector(n)⏎lambda: scalar⏎norm2(X*w - y)^2
\|Xw - y\|_2^2 \quad \text{where } X \in \mathbb{R}^{n\times d},\ w\in\mathbb{R}^d,\ y\in\mathbb{R}^n ⟶ X: matrix(n, d)⏎w: vector(d)⏎y: vector(n)⏎lambda: scalar⏎norm2(X*w - y)^2
\|Xw - y\|_2^2 \\ \text{where } X \in \mathbb{R}^{n\times d} \text{ and } w\in\mathbb{R}^d ⟶ X: matrix(n, d); w: vector(d)⏎norm2(X*w - y)^2
X \in \mathbb R^{n\times d}⏎\lambda \in \mathbb{R}⏎w \in \mathbb R^{d}⏎\lambda \|X w\| ⟶ X: matrix(n, d)⏎w: vector(d)⏎y: vector(n)⏎lambda: scalar⏎lambda*norm2(X*w)
x \in \mathbb{R}^{3}, A \in \mathbb{R}^{3 \times 3}⏎x^\top A x ⟶ x: vector(3); A: matrix(3, 3)⏎x'*A*x
x \in \R^n⏎x^\top x ⟶ x: vector(n)⏎x'*x
A \in \mathbb{S}^n, x \in \mathbb{R}^n⏎x^\top A x ⟶ A: symmetric(n); x: vector(n)⏎x'*A*x
A \in \mathbb{S}_{++}^n, x \in \mathbb{R}^n⏎x^\top A x ⟶ A: symmetric(n); x: vector(n)⏎x'*A*x
A \in \mathbb{S}^n_{++}⏎\log\det A ⟶ A: symmetric(n)⏎logdet(A)
x \in \mathbb{R}_+^n⏎x^\top x ⟶ x: vector(n)⏎x'*x
w \cdot x ⟶ w'*x
x^\top a ⟶ x'*a
\sum_{i,j} a_{ij} x_i x_j ⟶ x'*A*x
\sum_{i,j} a_{ij} x_i y_j ⟶ x'*A*y
\sum_i a_{ii} ⟶ tr(A)

== X: matrix(N, D); W1: matrix(D, H); W2: matrix(H, K); b1: row(H); b2: row(K); Y: matrix(N, K)
\max(0, XW_1 + b_1)W_2 + b_2 ⟶ relu(X*W1 + b1)*W2 + b2
\mathrm{softmax}(XW_1) ⟶ softmax(X*W1)
\operatorname{ReLU}(XW_1 + b_1) ⟶ relu(X*W1 + b1)
\mathrm{ReLU}(X\mathbf{W}^{(1)} + \mathbf{b}^{(1)})\mathbf{W}^{(2)} + \mathbf{b}^{(2)} ⟶ relu(X*W1 + b1)*W2 + b2
\|\tanh(XW^{[1]} + b^{[1]})W^{[2]} + b^{[2]} - Y\|_F^2 ⟶ norm2(tanh(X*W1 + b1)*W2 + b2 - Y)^2

== W_tilde: matrix(m,n); x_bar: vector(n)
\tilde W \bar x ⟶ W_tilde*x_bar
\widetilde{W}\,\overline{x} ⟶ W_tilde*x_bar

== theta, x: vector(n)
\theta^\top x ⟶ theta'*x
\boldsymbol{\theta}^{\!\top}\mathbf{x} ⟶ theta'*x

== X: matrix(n,d); w: vector(d); y: vector(n)
\mathcal{L}(w) = \|Xw - y\|^2 ⟶ L = norm2(X*w - y)^2
\mathcal{L} = \|Xw - y\|^2 ⟶ L = norm2(X*w - y)^2

== A, B: matrix(n, n); X, Y: matrix(m, n); x, y, w, mu, beta, v, u: vector(n); b, z: vector(m); Sigma, S: symmetric(n); lambda, sigma, gamma, alpha, tau, rho, epsilon: scalar
xᵀAx ⟶ x'*A*x
x⊤Ax ⟶ x'*A*x
‖Ax‖₂² ⟶ norm2(A*x)^2
∥Ax∥^2 ⟶ norm2(A*x)^2
A⁻¹x ⟶ inv(A)*x
α x + β ⟶ alpha*x + beta
⟨x, y⟩ ⟶ inner(x, y)
A⊙B ⟶ A .* B
A∘B ⟶ A .* B
A⊗B ⟶ kron(A, B)
α²x ⟶ alpha^2*x
∑ᵢ xᵢ ⟶ sum(x)
Σ⁻¹ ⟶ inv(Sigma)
\sum_{i=1}^n A_{ii} ⟶ tr(A)
\sum_{i,j,k} A_{ij}B_{jk}A_{ki} ⟶ tr(A*B*A)
\sum_{i}\sum_j\sum_k A_{ij}B_{jk}x_k ⟶ sum(A*B*x)
\sum_{ij} (A_{ij} - B_{ij})^2 ⟶ norm2(A - B)^2
\operatorname{tr}(A-B)^\top(A-B) ⟶ tr((A - B)'*(A - B))
\operatorname{tr}(A-B)'(A-B) ⟶ tr((A - B)'*(A - B))
\operatorname{tr}((X^\top X)^{-1}) ⟶ tr(inv(X'*X))
\operatorname{tr}\left[\left(X^\top X\right)^{-1}\right] ⟶ tr(inv(X'*X))
\sum_i (1 - x_i)_+ ⟶ sum(relu(1 - x))
\sum_i [1 - x_i y_i]_+ ⟶ sum(relu(1 - x .* y))
\left[1 - x\right]_+ ⟶ relu(1 - x)
\|(Ax)_+\|^2 ⟶ norm2(relu(A*x))^2
\begin{gathered} A x \end{gathered} ⟶ A*x
\begin{multline} x^\top A x \\ + x^\top y \end{multline} ⟶ x'*A*x + x'*y
\begin{align} x^\top A x &+ x^\top y \\ &- y^\top y \end{align} ⟶ x'*A*x + x'*y - y'*y
x^\top A x \\[2pt] + x^\top y ⟶ x'*A*x + x'*y
x^\top A x⏎⏎+ x^\top y ⟶ x'*A*x + x'*y
\left[\, x^\top A x \,\right] ⟶ x'*A*x
\Biggl( x^\top A x \Biggr)^{2} ⟶ (x'*A*x)^2
\Big\{ x^\top A x \Big\}^2 ⟶ (x'*A*x)^2
{x}^{\top}{A}{x} ⟶ x'*A*x
{{x}}^{{\top}}{{A}}{{x}} ⟶ x'*A*x
x^{ \top } A x ⟶ x'*A*x
\mathbf{x}^\mathrm{T}\mathbf{A}\mathbf{x} ⟶ x'*A*x
\mathbf{x}^\mathsf{T}\mathbf{A}\mathbf{x} ⟶ x'*A*x
\mathbf{x}^\text{T}\mathbf{A}\mathbf{x} ⟶ x'*A*x
\mathbf{x}^{\text{T}}\mathbf{A}\mathbf{x} ⟶ x'*A*x
\mathbf{x}^{\sf T}\mathbf{A}\mathbf{x} ⟶ x'*A*x
\mathbf{x}^{\operatorname{T}}\mathbf{A}\mathbf{x} ⟶ x'*A*x

== Y, P: matrix(N,K)
-\frac{1}{N}\sum_{n=1}^N\sum_{k=1}^K Y_{nk}\log P_{nk} ⟶ -sum(Y .* log(P))/N
-\sum_{n,k} y_{nk}\ln p_{nk} ⟶ -sum(Y .* log(P))
-\sum_{n=1}^{N}\sum_{k=1}^{K} y_{n,k}\ln p_{n,k} ⟶ -sum(Y .* log(P))

== A: matrix(m,n); x: vector(n); b: vector(m)
\log\sum_{i=1}^m \exp(a_i^T x + b_i) ⟶ log(sum(exp(A*x + b)))
-\sum_{i=1}^m \log(b_i - a_i^T x) ⟶ -sum(log(b - A*x))
f(x) = -\sum_{i=1}^m \log(b_i - a_i^T x) ⟶ f = -sum(log(b - A*x))
(1/2)\|Ax-b\|_2^2 ⟶ norm2(A*x - b)^2/2
(Ax-b)^T(Ax-b) ⟶ (A*x - b)'*(A*x - b)
(Ax-b)'(Ax-b) ⟶ (A*x - b)'*(A*x - b)
x^TA^TAx-2b^TAx+b^Tb ⟶ x'*A'*A*x - 2*b'*A*x + b'*b
\langle Ax-b,\,Ax-b\rangle ⟶ inner(A*x - b, A*x - b)
\left<Ax-b, Ax-b\right> ⟶ inner(A*x - b, A*x - b)
\lVert Ax-b \rVert^{2}_{2} ⟶ norm2(A*x - b)^2
f(x) = \lVert Ax-b \rVert^2 ⟶ f = norm2(A*x - b)^2

== P: symmetric(n); x, q: vector(n); r: scalar
(1/2)x^TPx + q^Tx + r ⟶ x'*P*x/2 + q'*x + r
\frac{1}{2} x^T P x + q^T x + r ⟶ x'*P*x/2 + q'*x + r

== X, S: symmetric(n)
-\log\det X + \mathop{\bf tr}(SX) ⟶ -logdet(X) + tr(S*X)
-\log\det X + \mathop{\mathbf{tr}} SX ⟶ -logdet(X) + tr(S*X)
-\log\det X + \mathbf{tr}\, SX ⟶ -logdet(X) + tr(S*X)

== x: vector(n)
-\sum_{i=1}^n x_i\log x_i ⟶ -sum(x .* log(x))
\log x^\top x ⟶ log(x'*x)
\log\|x\| ⟶ log(norm2(x))
\log \|x\| + 1 ⟶ log(norm2(x)) + 1
\log 1 + x ⟶ log(1) + x
\ln(1+e^{x}) ⟶ log(1 + exp(x))
\log(1+\exp(x)) ⟶ log(1 + exp(x))
1 \oslash (1+e^{-x}) ⟶ 1 ./ (1 + exp(-x))
\operatorname{softplus}(x) ⟶ softplus(x)
\mathrm{LogSumExp}(x) ⟶ logsumexp(x)
\operatorname{LSE}(x) ⟶ logsumexp(x)
\operatorname{erf}(x/\sqrt{2}) ⟶ erf(x/sqrt(2))
\frac{x}{2}\odot\left(1+\operatorname{erf}\left(\frac{x}{\sqrt2}\right)\right) ⟶ x/2 .* (1 + erf(x/sqrt(2)))
\operatorname{GELU}(x) ⟶ gelu(x)
\mathrm{SiLU}(x) ⟶ silu(x)
\arcsin x + \arccos x + \arctan x ⟶ arcsin(x) + arccos(x) + arctan(x)
\max(x, 0) ⟶ relu(x)
\max\{0, x\} ⟶ relu(x)
\max\bigl(0, 1 - x\bigr) ⟶ relu(1 - x)
\sum_i\sum_j (x_i - x_j)^2 ⟶ sum((x - x').^2)
\log\sum_i\exp(x_i) ⟶ log(sum(exp(x)))
\zeta(x)=\log(1+\exp(x)) ⟶ zeta = log(1 + exp(x))
xx^\top ⟶ x*x'
x x^T / \|x\|^2 ⟶ x*x'/norm2(x)^2
I - xx^\top/(x^\top x) ⟶ I - x*x'/(x'*x)
I_n - \frac{xx^\top}{x^\top x} ⟶ eye(n) - x*x'/(x'*x)
\mathbb{I}_n - 2xx^\top ⟶ eye(n) - 2*x*x'
\mathbb{1}_n^\top x ⟶ ones(n)'*x
\mathds{1}^\top x ⟶ ones(n)'*x
\mathbf 1^\top x / n ⟶ ones(n)'*x/n

== x, y: vector(n)
\sum_{i=1}^n \left(x_i\log\frac{x_i}{y_i} - x_i + y_i\right) ⟶ sum(x .* log(x ./ y) - x + y)
\sum_i x_i \log(x_i/y_i) ⟶ sum(x .* log(x ./ y))
\sum_i \frac{(x_i-y_i)^2}{x_i+y_i} ⟶ sum((x - y).^2 ./ (x + y))
\min\{x, y\} ⟶ min(x, y)
\frac{x^\top y}{\|x\|\|y\|} ⟶ x'*y/(norm2(x)*norm2(y))
\frac{x^\top y}{\|x\|_2\,\|y\|_2} ⟶ x'*y/(norm2(x)*norm2(y))
\frac{\langle x, y\rangle}{\|x\|\cdot\|y\|} ⟶ x'*y/(norm2(x)*norm2(y))
\|x\|^2\|y\|^2 - (x^\top y)^2 ⟶ norm2(x)^2*norm2(y)^2 - (x'*y)^2
\|x - y\|_2^2 + \|x+y\|_2^2 ⟶ norm2(x - y)^2 + norm2(x + y)^2
||x-y||_2^2 ⟶ norm2(x - y)^2
|| x ||^2 - ||y||^2 ⟶ norm2(x)^2 - norm2(y)^2
\Vert x\Vert \Vert y \Vert ⟶ norm2(x)*norm2(y)
|\langle x,y\rangle| ⟶ abs(x'*y)
\left|\langle x,y\rangle\right|^2 ⟶ abs(x'*y)^2
\|x\odot y\|_1 ⟶ norm1(x .* y)
\|x\|_1 + \|y\|_2 ⟶ norm1(x) + norm2(y)
\sum_{i,j} |x_i - y_j| ⟶ sum(abs(x - y'))

== A: matrix(n,n); X: matrix(n,n)
\operatorname{tr}X'AX ⟶ tr(X'*A*X)
\mathrm{d}|X| ⟶ d(det(X))
|X|\operatorname{tr}X^{-1}\mathrm{d}X ⟶ det(X)*tr(inv(X)*dX)
-X^{-1}(\mathrm{d}X)X^{-1} ⟶ -inv(X)*dX*inv(X)
(\operatorname{vec} A')'\operatorname{vec} X ⟶ vec(A')'*vec(X)
(\mathrm{vec}\,A)'\mathrm{vec}\,X ⟶ vec(A)'*vec(X)

== X: matrix(m,n)
K_{m,n}\operatorname{vec}X ⟶ commutation(m, n)*vec(X)
\left\Vert X\right\Vert _{F}^{2} ⟶ norm2(X)^2
\left\Vert X\right\Vert ^{2}_{F} ⟶ norm2(X)^2
\Vert X \Vert_{\rm F}^2 ⟶ norm2(X)^2
\|X\|_{\mathcal F}^2 ⟶ norm2(X)^2
\|\, X \,\|_F ⟶ norm2(X)
\|X\|_{\mathrm{Fro}} ⟶ norm2(X)

== X: matrix(n,n)
\operatorname{tr}X^2 ⟶ tr(X^2)
(\operatorname{tr}X)^2 ⟶ tr(X)^2
\operatorname{tr}(X)^2 ⟶ tr(X)^2
\operatorname{tr} X \log\det X ⟶ tr(X)*logdet(X)
\operatorname{tr} (X) X ⟶ tr(X)*X
\det X^{-1} ⟶ det(inv(X))
\det(X)^{-1} ⟶ 1/det(X)
\det X \det X ⟶ det(X)*det(X)
\ln \det X^\top X ⟶ logdet(X'*X)
\ln|\mathbf{X}^{-1}| ⟶ logdet(inv(X))
|X|^{-1} ⟶ 1/det(X)
|X|^{1/2} ⟶ det(X)^(1/2)
\det(X)\,X^{-\top} ⟶ det(X)*inv(X)'
\det(X)(X^{-1})^T ⟶ det(X)*inv(X)'
\det(\mathbf{X})(\mathbf{X}^{-1})^{T} ⟶ det(X)*inv(X)'
{\displaystyle \det(\mathbf {X} )\operatorname {tr} (\mathbf {X} ^{-1}\,d\mathbf {X} )} ⟶ det(X)*tr(inv(X)*dX)
{\displaystyle -\mathbf {X} ^{-1}(d\mathbf {X} )\mathbf {X} ^{-1}} ⟶ -inv(X)*dX*inv(X)

== x: vector(n); sigma: scalar
\exp{\left(-\frac{x^\top x}{2\sigma^2}\right)} ⟶ exp(-x'*x/(2*sigma^2))
\exp\left[-\frac{x^\top x}{2\sigma^2}\right] ⟶ exp(-x'*x/(2*sigma^2))
e^{-\frac{x^\top x}{2\sigma^2}} ⟶ exp(-x'*x/(2*sigma^2))
e^{-x^\top x/(2\sigma^2)} ⟶ exp(-x'*x/(2*sigma^2))
\frac{1}{\sqrt{2\pi\sigma^2}}e^{-\frac{x^\top x}{2\sigma^2}} ⟶ 1/sqrt(2*pi*sigma^2)*exp(-x'*x/(2*sigma^2))

== x, mu: vector(k); Sigma: symmetric(k)
(2\pi)^{-k/2}\det(\Sigma)^{-1/2}\exp\left(-\frac{1}{2}(x-\mu)^\top\Sigma^{-1}(x-\mu)\right) ⟶ (2*pi)^(-k/2)*det(Sigma)^(-1/2)*exp(-(x - mu)'*inv(Sigma)*(x - mu)/2)
{\frac {\exp \left(-{\frac {1}{2}}\left({\mathbf {x} }-{\boldsymbol {\mu }}\right)^{\mathrm {T} }{\boldsymbol {\Sigma }}^{-1}\left({\mathbf {x} }-{\boldsymbol {\mu }}\right)\right)}{\sqrt {(2\pi )^{k}|{\boldsymbol {\Sigma }}|}}} ⟶ exp(-(x - mu)'*inv(Sigma)*(x - mu)/2)/sqrt((2*pi)^k*det(Sigma))
\frac{1}{(2\pi)^{k/2}|\Sigma|^{1/2}}\exp\left\{-\frac{1}{2}(x-\mu)^T\Sigma^{-1}(x-\mu)\right\} ⟶ 1/((2*pi)^(k/2)*det(Sigma)^(1/2))*exp(-(x - mu)'*inv(Sigma)*(x - mu)/2)

== X: matrix(T, d); w: vector(d); y: vector(T)
(X^T X)^{-1}X^T y ⟶ inv(X'*X)*X'*y
\frac{1}{T}\|Xw - y\|^2 ⟶ norm2(X*w - y)^2/T
\sum_{t=1}^T (x_t^\top w - y_t)^2 ⟶ norm2(X*w - y)^2

== f, g, sigma, phi: function; W: matrix(k, n); V: matrix(p, k); x: vector(n); b, b_1: vector(k); c: vector(p); y: vector(p)
V\sigma(Wx+b)+c ⟶ V*sigma(W*x + b) + c
\mathbf{V}\,\phi\!\left(\mathbf{W}\mathbf{x}+\mathbf{b}\right)+\mathbf{c} ⟶ V*phi(W*x + b) + c
\frac12\|V\sigma(Wx+b)-y\|_2^2 ⟶ norm2(V*sigma(W*x + b) - y)^2/2
f(g(x)) ⟶ f(g(x))
\sigma'(Wx + b)\odot (V^\top y) ⟶ sigma'(W*x + b) .* (V'*y)
V^\top y \odot \sigma'(Wx+b) ⟶ (V'*y) .* sigma'(W*x + b)
\operatorname{diag}(\sigma'(Wx+b))W ⟶ diag(sigma'(W*x + b))*W
h = \sigma(Wx+b) \\ \hat y = Vh + c \\ L = \|y - \hat y\|^2 ⟶ h = sigma(W*x + b)⏎y_hat = V*h + c⏎L = norm2(y - y_hat)^2

== Q: matrix(n,d_k); K: matrix(m,d_k); V: matrix(m,p)
\text{softmax}\Big(\frac{QK^\top}{\sqrt{d_k}}\Big)V ⟶ softmax(Q*K'/sqrt(d_k))*V
\operatorname{Attention}(Q,K,V)=\operatorname{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V ⟶ Attention = softmax(Q*K'/sqrt(d_k))*V

== X: matrix(N,D); W: matrix(D,K); Y: onehot(N,K)
-\frac{1}{N}\sum_{n,k} Y_{nk}\log\left(\operatorname{softmax}(XW)\right)_{nk} ⟶ -sum(Y .* log(softmax(X*W)))/N
-\frac{1}{N}\operatorname{tr}(Y^\top \log \operatorname{softmax}(XW)) ⟶ -tr(Y'*log(softmax(X*W)))/N
P = \operatorname{softmax}(XW)⏎-\frac1N \mathbf 1^\top (Y \odot \log P)\mathbf 1 ⟶ P = softmax(X*W)⏎-ones(N)'*(Y .* log(P))*ones(K)/N

== z: vector(k); y: vector(k)
-\sum_i y_i\log\frac{e^{z_i}}{\sum_j e^{z_j}} ⟶ -sum(y .* log(exp(z)/sum(exp(z))))
-\sum_{i} y_i \left(z_i - \log\sum_{j}e^{z_j}\right) ⟶ -sum(y .* (z - log(sum(exp(z)))))
-y^\top z + \log\left(\mathbf{1}^\top e^{z}\right) ⟶ -y'*z + log(ones(k)'*exp(z))

== z: vector(k)
\frac{e^{z}}{\mathbf{1}^\top e^z} ⟶ exp(z)/(ones(k)'*exp(z))
\frac{\exp(z)}{\sum_{j=1}^k \exp(z_j)} ⟶ exp(z)/sum(exp(z))

== y, y_hat: vector(N)
-\sum_{n=1}^N \left\{ y_n \ln \hat y_n + (1-y_n)\ln(1-\hat y_n)\right\} ⟶ -sum(y .* log(y_hat) + (1 - y) .* log(1 - y_hat))
-\frac1N\sum_{n=1}^N y_n \ln \hat{y}_n + (1-y_n)\ln(1-\hat{y}_n) ⟶ -sum(y .* log(y_hat) + (1 - y) .* log(1 - y_hat))/N
\frac1N\sum_{i=1}^N (y_i-\hat y_i)^2 ⟶ norm2(y - y_hat)^2/N
\frac1N\sum_{i=1}^N (y^{(i)}-\hat y^{(i)})^2 ⟶ norm2(y - y_hat)^2/N

== S_B, S_W: symmetric(d); w: vector(d)
J(\mathbf w)=\frac{\mathbf w^\top\mathbf S_B\mathbf w}{\mathbf w^\top\mathbf S_W\mathbf w} ⟶ J = w'*S_B*w/(w'*S_W*w)
\frac{\mathbf{w}^{\mathrm T}\mathbf{S}_{\mathrm B}\mathbf{w}}{\mathbf{w}^{\mathrm T}\mathbf{S}_{\mathrm W}\mathbf{w}} ⟶ w'*S_B*w/(w'*S_W*w)

== X, A, B: matrix(n,n)
-(X^{-1}BAX^{-1})^T ⟶ -(inv(X)*B*A*inv(X))'
\lambda = A:B ⟶ lambda = inner(A, B)

== X: matrix(n,m); a: vector(n); b: vector(m)
\mathbf a^T \mathbf X \mathbf b ⟶ a'*X*b
a^{T}Xb ⟶ a'*X*b

== x, a: vector(n)
\|\mathbf{x}-\mathbf{a}\|_2 ⟶ norm2(x - a)
\frac{\mathbf{x}-\mathbf{a}}{\|\mathbf{x}-\mathbf{a}\|_2} ⟶ (x - a)/norm2(x - a)
\frac{\mathbf{I}}{\|\mathbf{x}-\mathbf{a}\|_2} - \frac{(\mathbf{x}-\mathbf{a})(\mathbf{x}-\mathbf{a})^T}{\|\mathbf{x}-\mathbf{a}\|_2^3} ⟶ I/norm2(x - a) - (x - a)*(x - a)'/norm2(x - a)^3

== a, b: scalar; x, mu: vector(n); Sigma: symmetric(n); sigma: scalar
a^{b + b + b + b + b + b + b + b + b + b + b} ⟶ a^(b + b + b + b + b + b + b + b + b + b + b)
x^{\odot \left(b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b\right)} ⟶ x .^ (b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b)
a^{\frac12 + \frac12 + \frac12 + \frac12 + b} ⟶ a^(1/2 + 1/2 + 1/2 + 1/2 + b)
\sigma^{-\frac{1}{2} (x - \mu)^\top \Sigma^{-1} (x - \mu) - \frac{1}{2}} ⟶ sigma^(-(x - mu)'*inv(Sigma)*(x - mu)/2 - 1/2)
2^{\operatorname{logsumexp}\left(x \oslash \left(\frac{1}{2} + x^{\odot 2}\right)\right) \cdot \operatorname{logsumexp}\left(x\right)} ⟶ 2^(logsumexp(x ./ (1/2 + x .^ 2))*logsumexp(x))
x_{\mathrm{averylongnamewithmanyletters}}^{\top} x_{\mathrm{averylongnamewithmanyletters}} ⟶ x_averylongnamewithmanyletters'*x_averylongnamewithmanyletters ⟶ x_averylongnamewithmanyletters: vector(n)

== A: matrix(n,n)
e^{\odot A} ⟶ exp(A)
\exp^{\odot}(A) ⟶ exp(A)
\exp^\odot A ⟶ exp(A)
\sin^{\circ}\left(A\right) ⟶ sin(A)
\operatorname{sqrt}^{\odot}(A) ⟶ sqrt(A)
\operatorname{log2}^{\odot}(A) ⟶ log2(A)
\sigma(A) + \operatorname{relu}(A) + \operatorname{sigmoid}(A) ⟶ sigma(A) + relu(A) + sigmoid(A) ⟶ A: matrix(n,n); sigma: function
\exp(f(A)) ⟶ exp(f(A)) ⟶ A: matrix(n,m); f: function
\exp(A) ⟶ exp(A) ⟶ A: matrix(n,n); exp: function
A^{-2} ⟶ A^-2

== x: scalar
\frac{1}{1+e^{-x}} ⟶ 1/(1 + exp(-x))
\frac{e^x - e^{-x}}{e^x+e^{-x}} ⟶ (exp(x) - exp(-x))/(exp(x) + exp(-x))
\sinh x \cosh x ⟶ sinh(x)*cosh(x)
\sin x\cos x ⟶ sin(x)*cos(x)
\sin(x)\cos(x) ⟶ sin(x)*cos(x)
\sin^2 x + \cos^2 x ⟶ sin(x)^2 + cos(x)^2
\sec x ⟶ sec(x)
\cot(x) ⟶ cot(x)
\operatorname{sech}(x) ⟶ sech(x)

== x, a: scalar
\sin ax ⟶ sin(a*x)
\sin a x + b ⟶ sin(a*x) + b
\cos(2\pi a x) ⟶ cos(2*pi*a*x)

== X: matrix(n,d); w: vector(d); y: vector(n); lambda: scalar
\begin{align*}⏎L(w) &= \|Xw-y\|^2 + \lambda \|w\|^2⏎\end{align*} ⟶ L = norm2(X*w - y)^2 + lambda*norm2(w)^2
\begin{align*}⏎L(w) &= \underbrace{\|Xw-y\|^2}_{\text{loss}} + \underbrace{\lambda \|w\|^2}_{\text{penalty}}⏎\end{align*} ⟶ L = norm2(X*w - y)^2 + lambda*norm2(w)^2
\begin{align}⏎r &= Xw-y, \label{eq:r}\\⏎L &= r^\top r + \lambda w^\top w. \tag{2}⏎\end{align} ⟶ r = X*w - y⏎L = r'*r + lambda*w'*w
r := Xw - y \\ r^\top r ⟶ r = X*w - y⏎r'*r
r \triangleq Xw - y;\quad L = \tfrac12 r^\top r ⟶ r = X*w - y⏎L = r'*r/2
\mathcal{L}(w; X, y) = \|Xw-y\|^2 ⟶ L = norm2(X*w - y)^2
\mathcal{L}_{\lambda}(w) = \|Xw-y\|^2 + \lambda\|w\|^2 ⟶ L_lambda = norm2(X*w - y)^2 + lambda*norm2(w)^2
\mathcal{L}_{\text{ridge}}(w) = \|Xw-y\|^2 + \lambda\|w\|^2 ⟶ L_ridge = norm2(X*w - y)^2 + lambda*norm2(w)^2
\operatorname{loss}(w) = \|Xw-y\|^2 ⟶ loss = norm2(X*w - y)^2
\text{loss} = \|Xw-y\|^2 ⟶ loss = norm2(X*w - y)^2
E_{\text{in}}(\mathbf{w}) = \frac{1}{n}\|X\mathbf{w}-\mathbf{y}\|^2 ⟶ E_in = norm2(X*w - y)^2/n
\documentclass{article}⏎\begin{document}⏎\[ \|Xw-y\|^2 \]⏎\end{document} ⟶ norm2(X*w - y)^2

== Sigma_hat: symmetric(n); x: vector(n)
x^\top\hat{\Sigma}^{-1}x ⟶ x'*inv(Sigma_hat)*x
x^\top\widehat{\boldsymbol\Sigma}^{-1}x ⟶ x'*inv(Sigma_hat)*x

== mu_0, mu_1: vector(k); Sigma_0, Sigma_1: symmetric(k)
\frac12\left(\operatorname{tr}\left(\Sigma_1^{-1}\Sigma_0\right)+(\mu_1-\mu_0)^{\mathsf T}\Sigma_1^{-1}(\mu_1-\mu_0)-k+\ln\left(\frac{\det\Sigma_1}{\det\Sigma_0}\right)\right) ⟶ (tr(inv(Sigma_1)*Sigma_0) + (mu_1 - mu_0)'*inv(Sigma_1)*(mu_1 - mu_0) - k + log(det(Sigma_1)/det(Sigma_0)))/2
\tfrac{1}{2}\bigg[\log\frac{|\Sigma_1|}{|\Sigma_0|} - k + \operatorname{tr}\{\Sigma_1^{-1}\Sigma_0\}\bigg] ⟶ (log(det(Sigma_1)/det(Sigma_0)) - k + tr(inv(Sigma_1)*Sigma_0))/2

== A, B: matrix(n, n); X, Y: matrix(m, n); x, y, w, mu, beta, v, u: vector(n); b, z: vector(m); Sigma, S: symmetric(n); lambda, sigma, gamma, alpha, tau, rho, epsilon, theta: scalar
w\cdot x + c ⟶ w'*x + c
\mathbf{w}\cdot\mathbf{x} ⟶ w'*x
(x - y)\cdot(x-y) ⟶ (x - y)'*(x - y)
2\cdot x ⟶ 2*x
A\cdot x ⟶ A*x
1 - \frac{x \cdot y}{\|x\|\,\|y\|} ⟶ 1 - x'*y/(norm2(x)*norm2(y))
\sum_{ij} (A^{-1})_{ij} B_{ij} ⟶ sum(inv(A) .* B)
\sum_{ij} (A^T)_{ij} B_{ij} ⟶ sum(A' .* B)
\sum_{ij} A_{ji} B_{ij} ⟶ sum(A' .* B)
\sum_{ij} A_{ij}^2 ⟶ norm2(A)^2
\sum_{ij} A^2_{ij} ⟶ norm2(A)^2
\sum_i x_i^{-1} ⟶ sum(x.^-1)
\sum_i \frac{1}{x_i} ⟶ sum(1 ./ x)
\sum_i \frac{y_i}{x_i} ⟶ sum(y ./ x)
x_{\max} ⟶ x_max
\operatorname*{tr}(A) ⟶ tr(A)
\|x\|_{2}^{2} ⟶ norm2(x)^2
10^{-3}\,x ⟶ x/1000
1\times 10^{-3} x ⟶ x/1000
1\cdot10^{-3}\cdot x ⟶ x/1000
1e-3 x ⟶ x/1000
.5 x ⟶ x/2
0.5x ⟶ x/2
2x^\top x ⟶ 2*x'*x
c^2x ⟶ c^2*x
\sqrt[3]{c} ⟶ c^(1/3)
\sqrt{c}^3 ⟶ sqrt(c)^3
\bigl\| \|x\| y - \|y\| x \bigr\| ⟶ norm2(norm2(x)*y - norm2(y)*x)
\left\| \left\|x\right\| y \right\| ⟶ norm2(norm2(x)*y)
\left|c\right| ⟶ abs(c)
\left| c - |c| \right| ⟶ abs(c - abs(c))
x \ge 0 ⟶ x >= 0
A^{\circ 2} ⟶ A.^2
A^{\circ\frac12} ⟶ A.^(1/2)
A^{\odot 1/2} ⟶ A.^(1/2)
x \circ y ⟶ x .* y
\mathbf{x}\odot\mathbf{y}\odot\mathbf{w} ⟶ x .* y .* w
X \oslash Y ⟶ X ./ Y
x^\top\!Ay ⟶ x'*A*y
x^\top{A}y ⟶ x'*A*y
x^{\top}Ay+y^{\top}Ax ⟶ x'*A*y + y'*A*x
\mathbf{x}^{\top} \left(\mathbf{A} + \mathbf{A}^{\top}\right) \mathbf{y} ⟶ x'*(A + A')*y
\mathrm{tr}\left(\mathbf{A}^{-1}\mathbf{B}\right)\mathbf{x} ⟶ tr(inv(A)*B)*x
\mathrm{vec}(A) ⟶ vec(A)
\mathrm{adj}(A) ⟶ adj(A)
\mathrm{diag}(x)A\,\mathrm{diag}(y) ⟶ diag(x)*A*diag(y)
\mathrm{Diag}(x) ⟶ diag(x)
\mathrm{diag}\{x\} ⟶ diag(x)
D_x ⟶ D_x
\mathbf{1}_m\mathbf{1}_n^\top ⟶ ones(m)*ones(n)'
(I - \frac{1}{m}\mathbf{1}\mathbf{1}^\top)X ⟶ (I - ones(m)*ones(m)'/m)*X
\bar{x} = \frac1n\mathbf 1^\top x ⟶ x_bar = ones(n)'*x/n
\bar{x} = \frac1n\sum_{i=1}^n x_i \\ \frac1n\sum_{i=1}^n (x_i-\bar x)^2 ⟶ x_bar = sum(x)/n⏎sum((x - x_bar).^2)/n
\frac{\mathbf{x} - \mu}{\sigma} ⟶ (x - mu)/sigma
\exp(A x)^\top y ⟶ exp(A*x)'*y
\log(x)^\top y ⟶ log(x)'*y
\mathbf 1^\top\log(\mathbf 1 + \exp(-x)) ⟶ ones(n)'*log(1 + exp(-x))
\sqrt{\operatorname{tr}(X^\top X)} ⟶ sqrt(tr(X'*X))
\sqrt{\sum_{i}\sum_j X_{ij}^2} ⟶ norm2(X)
\sqrt{\sum_{i,j} |X_{ij}|^2} ⟶ norm2(X)
\left(\sum_{i} |x_i|^3\right)^{1/3} ⟶ sum(abs(x).^3)^(1/3)
\sum_i \max(x_i, 0) ⟶ sum(relu(x))
\sum_i \max\{x_i, y_i\} ⟶ sum(max(x, y))
\sum_i \mathbf{1}\{x_i > 0\} ⟶ sum(1(x > 0))
\sum_i \mathbb{1}[x_i > 0] y_i ⟶ sum(1(x > 0) .* y)
\sum_i \mathbb{1}_{\{x_i > 0\}} y_i ⟶ sum(1(x > 0) .* y)
\sum_i x_i \sum_j y_j ⟶ sum(x)*sum(y)
\left(\sum_i x_i\right)^2 ⟶ sum(x)^2
\left(\sum_i x_i\right)\left(\sum_i y_i\right) ⟶ sum(x)*sum(y)
(\sum_i x_i)(\sum_j y_j) ⟶ sum(x)*sum(y)
\frac{\sum_i x_i y_i}{\sum_i x_i} ⟶ x'*y/sum(x)
\sum_{i=1}^{m}\sum_{j=1}^{n}X_{ij}Y_{ij} ⟶ sum(X .* Y)
\sum_{i,j=1}^{n} A_{ij}x_ix_j ⟶ x'*A*x
\sum_{i,j=1}^n a_{ij}x_ix_j ⟶ x'*A*x
\sum_i a_{ii} ⟶ tr(A)

== a, x: vector(n)
\mathbf{a}^\top\mathbf{x} ⟶ a'*x
\sum_i a_i x_i ⟶ a'*x
\mathbf{a}\cdot\mathbf{x} ⟶ a'*x
a^\top x x^\top a ⟶ a'*x*x'*a
(a^\top x)^2 ⟶ (a'*x)^2
\ln(a^\top x) ⟶ log(a'*x)
\ln a^\top x ⟶ log(a'*x)
e^{a^\top x} ⟶ exp(a'*x)
\exp a^\top x ⟶ exp(a'*x)
\frac{1}{1+e^{-a^\top x}} ⟶ 1/(1 + exp(-a'*x))
\left(1+e^{-a^\top x}\right)^{-1} ⟶ (1 + exp(-a'*x))^-1
\sqrt{1+\|x\|^2} ⟶ sqrt(1 + norm2(x)^2)
\|x\|^4 ⟶ norm2(x)^4
\|x\|^{-1}x ⟶ norm2(x)^-1*x
\|x-a\|\,(x-a) ⟶ norm2(x - a)*(x - a)

== X: matrix(n,d); y, alpha: vector(n)
\sum_i\alpha_i - \frac12\sum_{i,j}\alpha_i\alpha_j y_i y_j x_i^\top x_j ⟶ sum(alpha) - (alpha .* y)'*X*X'*(alpha .* y)/2
\sum_{i=1}^n\alpha_i - \frac12\sum_{i=1}^n\sum_{j=1}^n\alpha_i\alpha_j y_i y_j \langle x_i, x_j\rangle ⟶ sum(alpha) - (alpha .* y)'*X*X'*(alpha .* y)/2
w = \sum_{i=1}^n \alpha_i y_i x_i ⟶ w = X'*(alpha .* y)

== X: matrix(n,d); W: matrix(k,d); Y: matrix(n,k)
\sum_{i=1}^n \|y_i - W x_i\|^2 ⟶ norm2(Y - X*W')^2
\frac1n\sum_{i=1}^n \|y_i - W x_i\|_2^2 ⟶ norm2(Y - X*W')^2/n
\sum_{i=1}^n \|\mathbf{W}\mathbf{x}_i-\mathbf{y}_i\| ⟶ sum(sqrt(rowsum((X*W' - Y).^2)))

== X: matrix(n,p); y: vector(n)
{\displaystyle {\hat {\boldsymbol {\beta }}}=\left(\mathbf {X} ^{\mathsf {T}}\mathbf {X} \right)^{-1}\mathbf {X} ^{\mathsf {T}}\mathbf {y} } ⟶ beta_hat = inv(X'*X)*X'*y
{\displaystyle {\hat {\boldsymbol {\beta }}}=\left(\mathbf {X} ^{\mathsf {T}}\mathbf {X} \right)^{-1}\mathbf {X} ^{\mathsf {T}}\mathbf {y} .} ⟶ beta_hat = inv(X'*X)*X'*y

== A: matrix(m,n); x: vector(n); b: vector(m); Gamma: matrix(n,n)
{\displaystyle \|A\mathbf {x} -\mathbf {b} \|_{2}^{2}+\|\Gamma \mathbf {x} \|_{2}^{2}} ⟶ norm2(A*x - b)^2 + norm2(Gamma*x)^2
{\displaystyle (A^{\top }A+\Gamma ^{\top }\Gamma )^{-1}A^{\top }\mathbf {b} } ⟶ inv(A'*A + Gamma'*Gamma)*A'*b

== A, B: matrix(m,n)
{\displaystyle \langle \mathbf {A} ,\mathbf {B} \rangle _{\mathrm {F} }} ⟶ inner(A, B)
{\displaystyle \operatorname {vec} (\mathbf {A} )^{\mathsf {T}}\operatorname {vec} (\mathbf {B} )} ⟶ vec(A)'*vec(B)

== A: matrix(n,n); u, v: vector(n)
A^{-1} - {A^{-1}uv^\mathsf{T}A^{-1} \over 1 + v^\mathsf{T}A^{-1}u} ⟶ inv(A) - inv(A)*u*v'*inv(A)/(1 + v'*inv(A)*u)
\det\left(\mathbf{A} + \mathbf{uv}^\textsf{T}\right) ⟶ det(A + u*v')
\left(1 + \mathbf{v}^\textsf{T}\mathbf{A}^{-1}\mathbf{u}\right)\,\det\left(\mathbf{A}\right) ⟶ (1 + v'*inv(A)*u)*det(A)

== X, A: matrix(m,n)
(X-A):(X-A) ⟶ inner(X - A, X - A)
\left(X-A\right)\colon\left(X-A\right) ⟶ inner(X - A, X - A)

== X: matrix(m,n); A: matrix(m,m); B: matrix(n,n)
\mathrm{Tr}\big(AXBX^{T}\big) ⟶ tr(A*X*B*X')
\operatorname {Tr}\left\{ A X B X^{T}\right\} ⟶ tr(A*X*B*X')

== X: matrix(n,d)
\frac1n X^\top X ⟶ X'*X/n
\frac1{n-1}X^\top(I - \tfrac1n\mathbf 1\mathbf 1^\top)X ⟶ X'*(I - ones(n)*ones(n)'/n)*X/(n - 1)

== A, B: matrix(n, n); X, Y: matrix(m, n); x, y, w, mu, beta, v, u: vector(n); b, z: vector(m); Sigma, S: symmetric(n); lambda, sigma, gamma, alpha, tau, rho, epsilon, theta: scalar; f, g: function
\mathbf{AB}^T ⟶ A*B'
\mathbf{AB}x ⟶ A*B*x
\mathbf{x^TAx} ⟶ x'*A*x
{(AB)}^T ⟶ (A*B)'
{\left(A B\right)}^{-1} ⟶ inv(A*B)
{\bf AB}x ⟶ A*B*x
{\bf A}{\bf B}x ⟶ A*B*x
\boldsymbol{x}^{\top}\boldsymbol{Ax} ⟶ x'*A*x
\frac{\mathbf{x^TAx}}{\mathbf{x^Tx}} ⟶ x'*A*x/(x'*x)
\mathrm{tr}\,\mathbf{AB} ⟶ tr(A*B)
\mathrm{tr}(\mathbf{AB}) ⟶ tr(A*B)
\log\det\mathbf{AB} ⟶ logdet(A*B)
\det\mathbf{A} ⟶ det(A)
\mathrm{tr}AB ⟶ tr(A*B)
\mathrm{tr}\, A^2 ⟶ tr(A^2)
\mathrm{tr}A^{-1} ⟶ tr(inv(A))
\mathrm{tr}\,A^{-1}B ⟶ tr(inv(A)*B)
\operatorname{tr}A^{-1}-\log\det A ⟶ tr(inv(A)) - logdet(A)
\log\det(I + \tfrac{1}{\lambda}A) ⟶ logdet(I + A/lambda)
\log\det\left(I+XX^\top\right) ⟶ logdet(I + X*X')
\ln\det(I+X^TX) ⟶ logdet(I + X'*X)
\log\lvert\Sigma\rvert ⟶ logdet(Sigma)
\log\det\Sigma+\operatorname{tr}(S\Sigma^{-1}) ⟶ logdet(Sigma) + tr(S*inv(Sigma))
\tfrac12\log\det(2\pi\Sigma) ⟶ logdet(2*pi*Sigma)/2
\log(|\Sigma|) ⟶ logdet(Sigma)
\ln(\det(\Sigma)) ⟶ log(det(Sigma))
\ln(\det\Sigma) ⟶ log(det(Sigma))
\log \frac{|\Sigma|}{|S|} ⟶ log(det(Sigma)/det(S))
\lambda x^\top x - \frac{\lambda}{2} ⟶ lambda*x'*x - lambda/2
(A+\lambda I)^{-1}x ⟶ inv(A + lambda*I)*x
\left(A+\lambda I\right)^{-1}x ⟶ inv(A + lambda*I)*x
(A+\lambda\mathbb{I})^{-1}x ⟶ inv(A + lambda*I)*x
(A+\lambda\mathbf{I}_{n\times n})^{-1}x ⟶ inv(A + lambda*eye(n))*x
A + \lambda ⟶ A + lambda
x + 1 ⟶ x + 1
x + \mathbf{1} ⟶ x + ones(n)
1 + x^\top x ⟶ 1 + x'*x
1+\frac{x^\top x}{\lambda} ⟶ 1 + x'*x/lambda
\left(1+\frac{\|x-y\|^2}{2\alpha\lambda^2}\right)^{-\alpha} ⟶ (1 + norm2(x - y)^2/(2*alpha*lambda^2))^(-alpha)
(x^\top y)(y^\top x) ⟶ (x'*y)*(y'*x)
x^\top y y^\top x ⟶ x'*y*y'*x
(x^\top A x)(y^\top B y) ⟶ (x'*A*x)*(y'*B*y)
(x^\top A x)^{1/2} ⟶ (x'*A*x)^(1/2)
(x^\top A x)^{-1}x ⟶ (x'*A*x)^-1*x
\sqrt{(x-y)^\top S^{-1}(x-y)} ⟶ sqrt((x - y)'*inv(S)*(x - y))
x^\top\left\{A + B\right\}x ⟶ x'*(A + B)*x
x^\top\lbrack A+B\rbrack x ⟶ x'*(A + B)*x
x^\top[A+B]x ⟶ x'*(A + B)*x
\alpha\,\beta ⟶ alpha*beta
-\alpha(-x) ⟶ -alpha*(-x)
x + (-y) ⟶ x + (-y)
+x ⟶ x
-(-x) ⟶ -(-x)
A(-x) ⟶ A*(-x)
x^\top(-A)x ⟶ x'*(-A)*x
2\cdot 3x ⟶ 2*3*x
2\times 3 ⟶ 6
\frac{2}{3}\cdot\frac{3}{4}x ⟶ x/2
\frac{1/2}{3}x ⟶ x/6
x\frac12 ⟶ x/2
x^\top A x\frac{1}{2} ⟶ x'*A*x/2
\frac{\lambda}{2}\,\|w\|_2^2 ⟶ lambda/2*norm2(w)^2
\lambda/2\,\|w\|_2^2 ⟶ lambda/2*norm2(w)^2
\lambda/2\|w\|_2^2 ⟶ lambda/2*norm2(w)^2
1/2\|w\|^2 ⟶ norm2(w)^2/2
\|w\|^2/2/\sigma^2 ⟶ norm2(w)^2/2/sigma^2

== x, y: vector(n); sigma_f, l: scalar
\sigma_f^2\exp\left(-\frac{1}{2l^2}\|x-y\|^2\right) ⟶ sigma_f^2*exp(-norm2(x - y)^2/(2*l^2))
\sigma^2_f\exp\left(-\frac{1}{2l^2}\|x-y\|^2\right) ⟶ sigma_f^2*exp(-norm2(x - y)^2/(2*l^2))

== f: function; g: function; x: vector(n)
f(x)\odot g(x) ⟶ f(x) .* g(x)
f(g(x))^\top x ⟶ f(g(x))'*x

== X: matrix(n,d); W_Q, W_K, W_V: matrix(d,k)
Q=XW_Q \\ K=XW_K \\ V=XW_V \\ \operatorname{softmax}\left(\frac{QK^\top}{\sqrt{k}}\right)V ⟶ Q = X*W_Q⏎K = X*W_K⏎V = X*W_V⏎softmax(Q*K'/sqrt(k))*V
\mathrm{softmax}(XW_Q(XW_K)^\top/\sqrt{k})XW_V ⟶ softmax(X*W_Q*(X*W_K)'/sqrt(k))*X*W_V

== X: matrix(n,d); Y: matrix(n,k); w: vector(d); y, t, alpha: vector(n); lambda: scalar; sigma: function; U: matrix(n,p); V: matrix(n,q); s: vector(n)
\sum_{i=1}^n s_i u_i v_i^\top ⟶ U'*diag(s)*V
\sum_{i=1}^n \alpha_i x_i x_i^\top ⟶ X'*diag(alpha)*X
\sum_i \sigma(w^\top x_i)(1-\sigma(w^\top x_i)) x_i x_i^\top ⟶ X'*diag(sigma(X*w) .* (1 - sigma(X*w)))*X
\sum_i y_i x_i x_i^\top w ⟶ X'*(y .* (X*w))
\sum_{i=1}^n 1 ⟶ n
\frac{1}{\sum_{i=1}^n 1}\sum_i y_i ⟶ sum(y)/n
\sum_i y_i x_i^\top w ⟶ y'*X*w
\sum_i x_i^\top w\, y_i ⟶ y'*X*w
\sum_i (x_i\cdot w - y_i)^2 ⟶ norm2(X*w - y)^2
\sum_i u_i v_i^\top ⟶ U'*V
\sum_i \langle x_i, w\rangle y_i ⟶ y'*X*w
\sum_i (y_i - w\cdot x_i)^2 + \lambda\, w\cdot w ⟶ norm2(X*w - y)^2 + lambda*w'*w
a{+}y^\top t ⟶ a + y'*t
\[{\displaystyle \|Xw\|^{2}}\] ⟶ norm2(X*w)^2
{\displaystyle {\begin{aligned}h&=Xw\\v&=h^{\top }h\end{aligned}}} ⟶ h = X*w⏎v = h'*h

== each with its own declarations
\mathbf{e}_i^\top x ⟶ e_i'*x ⟶ e_i, x: vector(n)
-\frac{ND}{2}\ln(2\pi) - \frac{N}{2}\ln|\boldsymbol\Sigma| ⟶ -N*D/2*log(2*pi) - N/2*logdet(Sigma) ⟶ Sigma: symmetric(D); N: dim
-\frac{D}{2}\ln 2\pi-\frac{1}{2}\ln|\Sigma| ⟶ -D/2*log(2*pi) - logdet(Sigma)/2 ⟶ Sigma: symmetric(D)
\sigma(w^\top x + b) ⟶ sigma(w'*x + b) ⟶ sigma: function; w, x: vector(n); b: scalar
\frac{1}{2}\sum_{n=1}^{N}\{t_n - \mathbf{w}^{\rm T}\mathbf{x}_n\}^2 ⟶ norm2(t - X*w)^2/2 ⟶ X: matrix(N, d); w: vector(d); t: vector(N)
E(\mathbf{w}) = \frac{1}{2}\sum_{n=1}^{N}\{t_n - \mathbf{w}^{\rm T}\mathbf{x}_n\}^2 + \frac{\lambda}{2}\mathbf{w}^{\rm T}\mathbf{w} ⟶ E = norm2(t - X*w)^2/2 + lambda/2*w'*w ⟶ X: matrix(N, d); w: vector(d); t: vector(N); lambda: scalar
-\frac{1}{m}\sum_{i=1}^m \left[ y^{(i)}\log \sigma(\theta^T x^{(i)}) + (1-y^{(i)})\log(1-\sigma(\theta^T x^{(i)}))\right] ⟶ -(y'*log(sigma(X*theta)) + (1 - y)'*log(1 - sigma(X*theta)))/m ⟶ X: matrix(m, d); theta: vector(d); y: vector(m); sigma: function
\max(0, Wx+b) ⟶ relu(W*x + b) ⟶ W: matrix(m,n); x: vector(n); b: vector(m)
\|\hat{y} - y\|^2 ⟶ norm2(y_hat - y)^2 ⟶ y, y_hat: vector(n)
\frac{1}{2n}\sum_{i=1}^n (y_i - \beta_0 - x_i^\top \beta)^2 ⟶ norm2(y - beta_0 - X*beta)^2/(2*n) ⟶ X: matrix(n,d); beta: vector(d); beta_0: scalar; y: vector(n)
\frac{1}{2n}\sum_{i=1}^n (y_i - \beta_0 - x_i^\top \beta)^2 ⟶ norm2(y - beta0 - X*beta)^2/(2*n) ⟶ X: matrix(n,d); beta: vector(d); beta0: scalar; y: vector(n)
\sum_{i=1}^n (\sigma(x_i^\top w) - y_i) x_i ⟶ X'*(sigma(X*w) - y) ⟶ sigma: function; X: matrix(n,d); w: vector(d); y: vector(n)
\frac{1}{m}\sum_{i=1}^m (x_i - \mu)(x_i-\mu)^\top ⟶ (X - ones(m)*mu')'*(X - ones(m)*mu')/m ⟶ X: matrix(m,n); mu: vector(n)
-\frac12\sum_{i=1}^m (x_i - \mu)^\top\Sigma^{-1}(x_i-\mu) ⟶ -tr((X - ones(m)*mu')*inv(Sigma)*(X - ones(m)*mu')')/2 ⟶ X: matrix(m,n); mu: vector(n); Sigma: symmetric(n)
\sigma\left(\sum_i w_i x_i + b\right) ⟶ sigma(w'*x + b) ⟶ sigma: function
\sum_{i,j}(X_{ij} - u_i v_j)^2 ⟶ norm2(X - u*v')^2 ⟶ X: matrix(m,n); u: vector(m); v: vector(n)
\sum_{i,j}(X_{ij} - u_i^\top v_j)^2 ⟶ norm2(X - U*V')^2 ⟶ X: matrix(m,n); U: matrix(m,k); V: matrix(n,k)
\|M\circ(X - UV^\top)\|_F^2+\lambda(\|U\|_F^2+\|V\|_F^2) ⟶ norm2(M .* (X - U*V'))^2 + lambda*(norm2(U)^2 + norm2(V)^2) ⟶ X, M: matrix(m,n); U: matrix(m,k); V: matrix(n,k); lambda: scalar
-\frac{1}{2}\mathbf{y}^\top(K+\sigma_n^2 I)^{-1}\mathbf{y} - \frac12\log|K+\sigma_n^2 I| - \frac n2\log 2\pi ⟶ -y'*inv(K + sigma_n^2*I)*y/2 - logdet(K + sigma_n^2*I)/2 - n/2*log(2*pi) ⟶ K: symmetric(n); y: vector(n); sigma_n: scalar
k^\top (K+\sigma^2 I)^{-1} y ⟶ k'*inv(K + sigma^2*I)*y ⟶ K: symmetric(n); y, f, k: vector(n); sigma: scalar
\tfrac{1}{2} \operatorname{tr}\big((\boldsymbol\alpha\boldsymbol\alpha^\top - K^{-1})K\big) ⟶ tr((alpha*alpha' - inv(K))*K)/2 ⟶ K: symmetric(n); y, alpha: vector(n)
\log\det X^{-1} ⟶ logdet(inv(X)) ⟶ X: symmetric(n)
-\log\det X + \operatorname{\mathbf{tr}}(SX) ⟶ -logdet(X) + tr(S*X) ⟶ X, S: symmetric(n); lambda: scalar
\mathbf{1}^T\log(Ax) ⟶ ones(m)'*log(A*x) ⟶ A: matrix(m,n); x: vector(n)
\sum_i \sqrt{x_i^2 + \delta^2} ⟶ sum(sqrt(x.^2 + delta^2)) ⟶ x: vector(n); delta: scalar
\left(\sum_i |x_i|^p\right)^{1/p} ⟶ sum(abs(x).^p)^(1/p) ⟶ x: vector(n); p: scalar
\mathrm{d}\operatorname{tr} AX ⟶ d(tr(A*X)) ⟶ A: matrix(n,m); X: matrix(m,n)
\begin{aligned}⏎\mathbf{z}^{(1)} &= \mathbf{W}^{(1)}\mathbf{x}+\mathbf{b}^{(1)}\\⏎\mathbf{a}^{(1)} &= \sigma(\mathbf{z}^{(1)})\\⏎\mathbf{z}^{(2)} &= \mathbf{W}^{(2)}\mathbf{a}^{(1)}+\mathbf{b}^{(2)}\\⏎L &= \tfrac12\|\mathbf{z}^{(2)}-\mathbf{y}\|^2⏎\end{aligned} ⟶ z_1 = W_1*x + b_1⏎a_1 = sigma(z_1)⏎z_2 = W_2*a_1 + b_2⏎L = norm2(z_2 - y)^2/2 ⟶ W_1: matrix(k,n); W_2: matrix(p,k); x: vector(n); b_1: vector(k); b_2: vector(p); y: vector(p); sigma: function
W^{[2]}\sigma(W^{[1]}x) ⟶ W2*sigma(W1*x) ⟶ W1: matrix(k,n); W2: matrix(p,k); x: vector(n); sigma: function
W_{2}W_{1}x ⟶ W2*W1*x ⟶ W1: matrix(k,n); W2: matrix(p,k); x: vector(n)
\mathrm{softmax}\left(\frac{QK^T}{\sqrt{d}}\right)V ⟶ softmax(Q*K'/sqrt(d))*V ⟶ Q: matrix(n,d); K: matrix(m,d); V: matrix(m,p)
\|X - ZW^\top\|_F^2 ⟶ norm2(X - Z*W')^2 ⟶ X: matrix(n,d); W: matrix(d,k); Z: matrix(n,k)
\lVert \mathbf{X}-\mathbf{X}\mathbf{W}\mathbf{W}^\top\rVert_F^2 ⟶ norm2(X - X*W*W')^2 ⟶ X: matrix(n,d); W: matrix(d,k)
\mathbf{w}^\top\mathbf{S}\mathbf{w} + \lambda(1-\mathbf{w}^\top\mathbf{w}) ⟶ w'*S*w + lambda*(1 - w'*w) ⟶ S: symmetric(d); w: vector(d); lambda: scalar
\mathbf C = \mathbf W\mathbf W^{\mathrm T} + \sigma^2\mathbf I \\ -\frac N2\left(\ln|\mathbf C| + \operatorname{Tr}(\mathbf C^{-1}\mathbf S)\right) ⟶ C = W*W' + sigma^2*I⏎-N/2*(logdet(C) + tr(inv(C)*S)) ⟶ W: matrix(d,k); sigma: scalar; S: symmetric(d); N: dim
\mathbf{a}^T\mathbf{X}^{-1}\mathbf{b} ⟶ a'*inv(X)*b ⟶ X: matrix(n,n); a, b: vector(n)
(\mathbf{Xb+c})^T\mathbf{D}(\mathbf{Xb+c}) ⟶ (X*b + c)'*D*(X*b + c) ⟶ X: matrix(n,m); D: matrix(n,n); b: vector(m); c: vector(n)
(\mathbf{x-As})^T\mathbf{W}(\mathbf{x-As}) ⟶ (x - A*s)'*W*(x - A*s) ⟶ x: vector(n); s: vector(m); A: matrix(n,m); W: matrix(n,n)
\mathbf{A}\otimes\mathbf{B} + \mathbf{B}\otimes\mathbf{A} ⟶ kron(A, B) + kron(B, A) ⟶ A, B: matrix(n,n)
e^{\odot At} ⟶ exp(A*t) ⟶ A: matrix(n,n); t: scalar
\|K\|_1 + \|K\|_{1,1} + \|K u\|_2 ⟶ 2*norm1(K) + norm2(K*u) ⟶ K: matrix(m,n); u: vector(n)
\text{diag}(w)\,\text{diag}^{-1}(Kw) ⟶ diag(w)*inv(diag(K*w)) ⟶ K: matrix(n,n); w: vector(n)
\lVert K \odot Z - H \lVert_1 + \lVert u \lVert ⟶ norm1(K .* Z - H) + norm2(u) ⟶ K, Z, H: matrix(m,n); u: vector(n)
\bar{u} = 2u \\ \bar{u}^\top u ⟶ u_bar = 2*u⏎u_bar'*u ⟶ u: vector(n)
u^+ u + u^\top u ⟶ pinv(u)*u + u'*u ⟶ u: vector(n)
\operatorname{softmax}(X, \mathrm{axis} = 0) + \operatorname{softmax}(X w, \mathrm{axis}=1) ⟶ softmax(X, axis=0) + softmax(X*w, axis=1) ⟶ X: matrix(n,n); w: vector(n)
x\,\mathrm{sigmoid}(\beta x) ⟶ x*sigmoid(beta*x) ⟶ x, beta: scalar
(\boldsymbol\mu_1-\boldsymbol\mu_2)^{\mathsf{T}}\boldsymbol\Sigma^{-1}(\boldsymbol\mu_1-\boldsymbol\mu_2) ⟶ (mu_1 - mu_2)'*inv(Sigma)*(mu_1 - mu_2) ⟶ mu_1, mu_2: vector(n); Sigma: symmetric(n)
({\boldsymbol\mu}_1-{\boldsymbol\mu}_2)^{\mathsf{T}}\boldsymbol\Sigma^{-1}({\boldsymbol\mu}_{1}-{\boldsymbol\mu}_{2}) ⟶ (mu1 - mu2)'*inv(Sigma)*(mu1 - mu2) ⟶ mu1, mu2: vector(n); Sigma: symmetric(n)
\text{Tr} \, HP ⟶ tr(H*P) ⟶ H, P: symmetric(n)
K = PH^T(HPH^T+R)^{-1} ⟶ K = P*H'*inv(H*P*H' + R) ⟶ P: symmetric(n); H: matrix(m,n); R: symmetric(m)
\operatorname{tr}\left[(I - KH)P(I-KH)^T + KRK^T\right] ⟶ tr((I - K*H)*P*(I - K*H)' + K*R*K') ⟶ P: symmetric(n); H: matrix(m,n); R: symmetric(m); K: matrix(n,m)
\frac12\|Ax-b\|_2^2+\lambda\|z\|_1+\frac{\rho}{2}\|x-z+u\|_2^2 ⟶ norm2(A*x - b)^2/2 + lambda*norm1(z) + rho/2*norm2(x - z + u)^2 ⟶ A: matrix(m,n); x: vector(n); b: vector(m); rho: scalar; z, u: vector(n); lambda: scalar
c^Tx + \nu^T(Ax-b) + (\rho/2)\|Ax-b\|_2^2 ⟶ c'*x + nu'*(A*x - b) + rho/2*norm2(A*x - b)^2 ⟶ A: matrix(m,n); x: vector(n); b: vector(m); rho: scalar; nu: vector(m); c: vector(n)
\sum_i a_i x_i + b ⟶ a'*x + b ⟶ a, x: vector(n); b: scalar
\sum_i x_i y_i z_i ⟶ sum(x .* y .* z) ⟶ x, y, z: vector(n)
\sum_{i=1}^n\sum_{j=1}^n\alpha_i\alpha_j K_{ij} ⟶ alpha'*K*alpha ⟶ X: matrix(n,d); K: matrix(n,n); alpha: vector(n)
\sum_{i=1}^n \left(y_i - \tanh(w^\top x_i)\right)^2 ⟶ norm2(y - tanh(X*w))^2 ⟶ X: matrix(n,d); y: vector(n); w: vector(d)
\sum_{i=1}^n \|\mathbf{W}\mathbf{x}_i+\mathbf{b}-\mathbf{y}_i\|^2 ⟶ norm2(X*W' + b' - Y)^2 ⟶ X: matrix(n,d); W: matrix(k,d); Y: matrix(n,k); b: vector(k)
\sum_{i=1}^n \|x_i - V\tanh(W x_i)\|^2 ⟶ norm2(X - tanh(X*W')*V')^2 ⟶ X: matrix(n,d); W: matrix(k,d); V: matrix(d,k)
{\displaystyle f(\mathbf {x} )={\frac {1}{2}}\mathbf {x} ^{\mathsf {T}}\mathbf {A} \mathbf {x} -\mathbf {b} ^{\mathsf {T}}\mathbf {x} +c} ⟶ f = x'*A*x/2 - b'*x + c ⟶ A: symmetric(n); x, b: vector(n); c: scalar
{\displaystyle \left\|\mathbf {y} -\mathbf {X} {\boldsymbol {\beta }}\right\|_{2}^{2}+\lambda \left\|{\boldsymbol {\beta }}\right\|_{2}^{2}} ⟶ norm2(y - X*beta)^2 + lambda*norm2(beta)^2 ⟶ X: matrix(n,p); y: vector(n); beta: vector(p); lambda: scalar
{\displaystyle \left(\mathbf {y} -\mathbf {X} {\hat {\boldsymbol {\beta }}}\right)^{\mathsf {T}}\left(\mathbf {y} -\mathbf {X} {\hat {\boldsymbol {\beta }}}\right)} ⟶ (y - X*beta_hat)'*(y - X*beta_hat) ⟶ X: matrix(n,p); y: vector(n); beta_hat: vector(p)
{\displaystyle {\frac {\mathbf {u} \cdot \mathbf {v} }{\|\mathbf {u} \|\|\mathbf {v} \|}}} ⟶ u'*v/(norm2(u)*norm2(v)) ⟶ u, v: vector(n)
{\displaystyle A^{-1}-A^{-1}U\left(C^{-1}+VA^{-1}U\right)^{-1}VA^{-1}} ⟶ inv(A) - inv(A)*U*inv(inv(C) + V*inv(A)*U)*V*inv(A) ⟶ A: matrix(n,n); U: matrix(n,k); C: matrix(k,k); V: matrix(k,n)
\frac{1}{2}\|\mathbf{t}-\boldsymbol{\Phi}\mathbf{w}\|^2+\frac{\lambda}{2}\mathbf{w}^{\mathrm{T}}\mathbf{w} ⟶ norm2(t - Phi*w)^2/2 + lambda/2*w'*w ⟶ w: vector(M); x: matrix(N,D); t: vector(N); Phi: matrix(N,M); lambda, alpha, beta: scalar
\mathbf{w}_{\mathrm{ML}} = \left(\boldsymbol{\Phi}^{\mathrm T}\boldsymbol{\Phi}\right)^{-1}\boldsymbol{\Phi}^{\mathrm T}\mathsf{t} ⟶ w_ML = inv(Phi'*Phi)*Phi'*t ⟶ w: vector(M); t: vector(N); Phi: matrix(N,M); lambda: scalar
E(\mathbf{m}_N) = \frac{\beta}{2}\|\mathbf{t}-\boldsymbol{\Phi}\mathbf{m}_N\|^2 + \frac{\alpha}{2}\mathbf{m}_N^{\mathrm T}\mathbf{m}_N ⟶ E = beta/2*norm2(t - Phi*m_N)^2 + alpha/2*m_N'*m_N ⟶ w: vector(M); t: vector(N); Phi: matrix(N,M); alpha, beta: scalar; m_N: vector(M); A: matrix(M,M)
\frac M2\ln\alpha + \frac N2\ln\beta - E - \frac12\ln|\mathbf{A}| - \frac N2\ln(2\pi) ⟶ M/2*log(alpha) + N/2*log(beta) - E - logdet(A)/2 - N/2*log(2*pi) ⟶ w: vector(M); t: vector(N); Phi: matrix(N,M); alpha, beta: scalar; m_N: vector(M); A: matrix(M,M); E: scalar
-\frac{1}{2}\left\{N\ln(2\pi)+\ln|\mathbf{C}|+\mathbf{t}^{\mathrm T}\mathbf{C}^{-1}\mathbf{t}\right\} ⟶ -(N*log(2*pi) + logdet(C) + t'*inv(C)*t)/2 ⟶ t: vector(N); C: matrix(N,N)
-\frac12\mathbf{x}^{\rm T}\mathbf{\Lambda}\mathbf{x}+\mathbf{x}^{\rm T}\mathbf{\Lambda}\boldsymbol{\mu} ⟶ -x'*Lambda*x/2 + x'*Lambda*mu ⟶ mu, x: vector(D); Lambda: symmetric(D)
-\frac{ND}{2}\ln(2\pi)-\frac{N}{2}\ln|\boldsymbol{\Sigma}|-\frac{1}{2}\sum_{n=1}^{N}(\mathbf{x}_n-\boldsymbol{\mu})^{\mathrm T}\boldsymbol{\Sigma}^{-1}(\mathbf{x}_n-\boldsymbol{\mu}) ⟶ -N*D/2*log(2*pi) - N/2*logdet(Sigma) - tr((X - ones(N)*mu')*inv(Sigma)*(X - ones(N)*mu')')/2 ⟶ X: matrix(N,D); mu: vector(D); Sigma: symmetric(D)
-\sum_{n=1}^N\sum_{k=1}^K t_{nk}\ln y_{nk} ⟶ -sum(T .* log(Y)) ⟶ Y, T: matrix(N,K)
\boldsymbol{w}^\top\max\{0,\boldsymbol{W}^\top\boldsymbol{x}+\boldsymbol{c}\}+b ⟶ w'*relu(W'*x + c) + b ⟶ x: vector(n); W: matrix(n,h); w, c: vector(h); b: scalar
\tilde{J} = J + \frac{\alpha}{2}\boldsymbol{w}^\top\boldsymbol{w} ⟶ J_tilde = J + alpha/2*w'*w ⟶ w: vector(n); alpha: scalar; J: scalar
\phi = A:X + \operatorname{Tr}(B^TX) ⟶ phi = inner(A, X) + tr(B'*X) ⟶ X: matrix(n,n); A, B: matrix(n,n)
\frac 12\|XW-Y\|^2_F ⟶ norm2(X*W - Y)^2/2 ⟶ X: matrix(m,n); W: matrix(n,k); Y: matrix(m,k)
\lambda_1\|x\|_1+\lambda_2\|x\|_2^2 ⟶ lambda_1*norm1(x) + lambda_2*norm2(x)^2 ⟶ lambda_1, lambda_2: scalar; x: vector(n)
\lambda_1\|x\|_1+\lambda_2\|x\|_2^2 ⟶ lambda1*norm1(x) + lambda2*norm2(x)^2 ⟶ lambda1, lambda2: scalar; x: vector(n)
\sigma^2\exp\left(-\frac{(x-y)^\top(x-y)}{2\ell^2}\right) ⟶ sigma^2*exp(-(x - y)'*(x - y)/(2*ell^2)) ⟶ x, y: vector(n); sigma, ell: scalar
f'(x)^\top x + f''(x)^\top x ⟶ f'(x)'*x + f''(x)'*x ⟶ f: function; x: vector(n)
\sum_i w_i\rho(x_i) ⟶ w'*rho(x) ⟶ rho: function; x: vector(n); w: vector(n)
h(Wx+b) ⟶ h(W*x + b) ⟶ h: function; W: matrix(m,n); x: vector(n); b: vector(m)
\varphi(Wx+b) ⟶ phi(W*x + b) ⟶ phi: function; W: matrix(m,n); x: vector(n); b: vector(m)
\varphi\left(\mathbf{W}\mathbf{x}+\mathbf{b}\right) ⟶ varphi(W*x + b) ⟶ varphi: function; W: matrix(m,n); x: vector(n); b: vector(m)
h_t=\tanh(W_xx_t+W_hh+b) ⟶ h_t = tanh(W_x*x_t + W_h*h + b) ⟶ x_t, h, b: vector(n); W_x, W_h: matrix(n,n)
h_t=\tanh(W_{xh}x_t+W_{hh}h_{prev}+b) ⟶ h_t = tanh(W_xh*x_t + W_hh*h_prev + b) ⟶ x_t, h_prev, b: vector(n); W_xh, W_hh: matrix(n,n)
\mu=\frac1n\mathbf 1^\top x⏎\gamma\odot\frac{x-\mu}{\sqrt{\frac{1}{n}\|x-\mu\|^2+\epsilon}}+\beta ⟶ mu = ones(n)'*x/n⏎gamma .* ((x - mu)/sqrt(norm2(x - mu)^2/n + epsilon)) + beta ⟶ x, gamma, beta: vector(n); epsilon: scalar
"""


def _pairs() -> list[tuple[str | None, str, str]]:
    found: list[tuple[str | None, str, str]] = []
    where: str | None = None
    for line in _TEXT.strip().splitlines():
        if line.startswith("=="):
            where = line[2:].strip() or None
        elif line:
            latex, math, *own = (part.replace("⏎", "\n") for part in line.split(" ⟶ "))
            found.append((own[0] if own else where, latex, math))
    return found


PAIRS = _pairs()
"""The declarations, the LaTeX and its twin."""
