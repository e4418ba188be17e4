"""Writers that were trained elsewhere: no members, as nothing here can train them. One kind a file."""
