"""What oasdiff expects of a change, case by case, and where this project answers otherwise, with the reason."""
