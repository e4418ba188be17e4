"""The script desk: what writers learn from, drafts, their exports, and what writers are worth."""
