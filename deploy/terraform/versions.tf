terraform {
  # Tests with mock providers need 1.7; the module itself needs no more than this.
  required_version = ">= 1.5.7"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The first version whose resources have the argument `region`.
      version = ">= 6.0"
    }
  }
}
