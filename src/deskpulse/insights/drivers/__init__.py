"""Why a number changed: the parts of it that moved, exactly, and what else happened then."""
