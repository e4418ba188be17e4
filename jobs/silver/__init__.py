"""Bronze → silver: parse, judge, settle. Every bronze row ends in exactly one of silver, duplicates, quarantine."""
