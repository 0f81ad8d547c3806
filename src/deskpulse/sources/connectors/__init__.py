"""One file a vendor, in the vendor's words."""
