"""Whole users in and out of the table: `values` writes what is stored as JSON without loss, `walk` reads users one
partition at a time, and `storing` writes users with everything that belongs to them.
"""
