"""Shared by tests, demo and bench: programs on this machine and the AWS that they make up, and the templates."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# Where everything here happens, if nothing else is said.
ACCOUNT = "123456789012"
REGION = "us-east-1"
