"""A queue that records what it receives."""

import json


class Inbox:
    """The messages of a queue. Reading removes them from the queue and keeps them here."""

    def __init__(self, sqs, url):
        self._sqs = sqs
        self._url = url
        self._messages = []

    def messages(self):
        """All messages so far, in order, parsed as JSON."""
        while found := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                self._messages.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return self._messages
