"""Campaigns: whom trailers are shown to, and what that adds."""
