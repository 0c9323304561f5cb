"""The table itself: its layout, how it is made, completed and described, and what its engine can do."""
