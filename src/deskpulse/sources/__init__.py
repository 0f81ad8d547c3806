"""Reading files and other systems, in their own words; writes nothing."""
