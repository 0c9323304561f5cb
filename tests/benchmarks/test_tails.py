"""What the paced load makes of responses and of waits."""

from benchmarks import tails


def test_percentiles_are_of_the_ordered_waits() -> None:
    """Of a hundred waits, the last one is the 99th percentile."""
    assert tails.percentiles([float(number) for number in reversed(range(100))]) == (50.0, 99.0)
    assert tails.percentiles([1.0]) == (1.0, 1.0)


def test_a_response_is_complete_with_its_last_byte() -> None:
    """It may arrive in several parts."""
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: y\r\n\r\nbody"
    assert tails.complete(whole)
    assert not any(tails.complete(whole[:end]) for end in range(len(whole)))
