"""Simple Spectral Access 1.1: finding light curves by position, time and band."""
