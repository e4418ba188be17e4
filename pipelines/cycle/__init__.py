"""One turn of the loop: collect, preprocess, check, observe, close; and the run that turns it again and again."""
