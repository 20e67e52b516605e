"""A queue that somebody has subscribed to something, to see what arrives there."""

import json


class Inbox:
    """What arrives in a queue. Messages are taken out as they are read, and kept here."""

    def __init__(self, sqs, url):
        self._sqs = sqs
        self._url = url
        self._messages = []

    def messages(self):
        """All that has arrived so far, in order; each as JSON."""
        while found := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                self._messages.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return self._messages
