"""What support earns and costs."""

from __future__ import annotations

from deskpulse.analytics.model import ASKED, Composition
from deskpulse.analytics.sections.cut import Cut

REVENUE = Composition(
    name="revenue",
    label="Revenue and cost",
    about="What support earns and costs: as a whole, by team or agent, by contact, and by customer.",
    by=("team",),
    sections=(
        Cut(name="whole", label="All together", about="The period as a whole.",
            metrics=("revenue", "costs", "refunded", "revenue_linked", "cost_linked", "margin_linked",
                     "margin_per_agent", "return_on_support", "revenue_per_contact", "cost_per_contact",
                     "cost_of_poor_quality", "staff_cost", "call_cost", "call_revenue")),
        Cut(name="who", label="Margin", about="What each earns and costs.", by=ASKED,
            metrics=("revenue_linked", "cost_linked", "margin_linked", "margin_per_agent", "return_on_support",
                     "revenue_per_contact")),
        Cut(name="contacts", label="Cost of contacts", about="What a contact costs.", by=ASKED,
            metrics=("cost_per_contact", "staff_cost")),
        Cut(name="customers", label="Customers", about="Customers won and lost, and what one is worth.",
            metrics=("customers_active", "customers_new", "customers_lost", "churn_rate", "customer_margin",
                     "lifetime_value")),
        Cut(name="reasons", label="By reason", about="What is booked, and for what.", by=("money_kind", "reason"),
            metrics=("money_entries", "revenue", "costs")),
        Cut(name="over_time", label="Over time", about="Along the period.", grain="auto",
            metrics=("revenue", "costs", "margin_linked")),
    ),
    example=(("period", "12m"), ("by", "team")),
)  # fmt: skip
