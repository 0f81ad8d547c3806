"""What if: a scenario is a list of changes, put on a forecast without fitting it anew, and compared with it."""
