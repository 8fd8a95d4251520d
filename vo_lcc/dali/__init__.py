"""What every VO data service shares: parameters, faults, streamed answers (DALI)."""
