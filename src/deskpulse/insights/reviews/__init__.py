"""Which tickets are worth a quality review: some by chance, so that means are fair, some for a reason."""
