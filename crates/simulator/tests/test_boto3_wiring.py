"""The caller's identity, read by a stock boto3."""


def test_a_caller_is_somebody_of_the_account(empty):
    identity = empty.client("sts").get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert identity["Arn"].startswith("arn:aws:sts::123456789012:assumed-role/")
