"""`make bench`: speed and memory, each figure beside a peer or a ceiling in the same run."""
