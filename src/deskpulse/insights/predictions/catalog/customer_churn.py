"""Whether a customer will leave."""

from deskpulse.insights.predictions.customers import CUSTOMERS
from deskpulse.insights.predictions.model import Prediction

CUSTOMER_CHURN = Prediction(
    name="customer_churn", label="Customer leaves", entity=CUSTOMERS, kind="chance", asked="now", happens="lost_at",
    horizon_days=60.0,
    about="How probable it is that the customer leaves within 60 days: by its recorded end, or payments that stop.",
)  # fmt: skip
