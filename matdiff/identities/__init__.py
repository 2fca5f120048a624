"""The identity table: directed equations, each with its name, its condition and why it terminates.

An equation is written in matdiff's notation and read from left to right. Capital and small letters
are patterns; a prefix ``S: symmetric(n) |-`` asks for a variable of that kind. In a product or a
Hadamard product an equation applies to any neighbours (for ``.*``: any two factors).
"""

from matdiff.identities.algebra import BROADCASTS, CANCELLATIONS, SCALARS, TRANSPOSES
from matdiff.identities.arrangements import TRIANGLES
from matdiff.identities.factors import FACTORS
from matdiff.identities.functions import LOGISTIC, SIGNS, SOFTMAX, VALUES
from matdiff.identities.identity import Identity
from matdiff.identities.kronecker import KRONECKER
from matdiff.identities.matrix_functions import MATRIX_FUNCTIONS
from matdiff.identities.preparations import PREPARATIONS
from matdiff.identities.stable import STABLE

__all__ = ["IDENTITIES", "LAWS", "Identity", "laws"]

LAWS = (
    *TRANSPOSES,
    *KRONECKER,
    *CANCELLATIONS,
    *SCALARS,
    *SOFTMAX,
    *LOGISTIC,
    *SIGNS,
    *BROADCASTS,
    *VALUES,
    *TRIANGLES,
    *FACTORS,
    *MATRIX_FUNCTIONS,
    *PREPARATIONS,
    *STABLE,
)
"""All equations there are."""


def laws(use: str) -> tuple[Identity, ...]:
    """The equations that are used there, in the order in which they are tried."""
    return tuple(law for law in LAWS if use in law.use.split())


IDENTITIES = laws("normal")
