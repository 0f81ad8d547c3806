"""Documents made of metrics: what a person reads, prints or mails."""
