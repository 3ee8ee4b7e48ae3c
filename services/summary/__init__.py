"""Summary: what a contact came to, each sentence with the utterances that say so."""
