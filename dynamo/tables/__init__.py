"""The table itself: its layout, how it is created, completed and described, and what its engine must be capable of."""
