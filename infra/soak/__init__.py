"""Hours of calls, and what they do to memory and audio: what is flat, and what was lost."""
