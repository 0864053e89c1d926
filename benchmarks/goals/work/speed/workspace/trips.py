"""Trips of a bicycle hire: who rode how far, which stations belong together, and what overlaps.

A line is `BEGIN END BIKE FROM TO`, minutes and names. `python trips.py FILE` prints a report.
"""

import sys


class Trip:
    def __init__(self, begin, end, bike, start, stop):
        self.begin, self.end, self.bike, self.start, self.stop = begin, end, bike, start, stop


def read(text):
    trips = []
    lines = text.split("\n")
    while lines:
        line = lines.pop(0).strip()
        if not line or line.startswith("#"):
            continue
        begin, end, bike, start, stop = line.split()
        trips = trips + [Trip(int(begin), int(end), bike, start, stop)]
    return trips


def bikes(trips):
    """Return bikes in order of first use."""
    found = []
    for trip in trips:
        if trip.bike not in found:
            found.append(trip.bike)
    return found


def minutes(trips):
    """Return minutes ridden, by bike, in order of first use."""
    return {bike: sum(trip.end - trip.begin for trip in trips if trip.bike == bike) for bike in bikes(trips)}


def busiest(trips):
    """Return the first minute at which most bikes are on the road, and how many; an end is not on the road."""
    best, most = None, 0
    for minute in sorted({trip.begin for trip in trips}):
        count = sum(trip.begin <= minute < trip.end for trip in trips)
        if count > most:
            best, most = minute, count
    return best, most


def groups(trips):
    """Return groups of stations that trips join, largest first, then by name; each group is sorted."""
    found = []
    for trip in trips:
        joined = {trip.start, trip.stop}
        rest = []
        for group in found:
            if group & joined:
                joined = joined | group
            else:
                rest.append(group)
        found = rest + [joined]
    return sorted((sorted(group) for group in found), key=lambda group: (-len(group), group))


def impossible(trips):
    """Return pairs of positions of trips of one bike that overlap, next to each other by begin."""
    pairs = []
    for bike in bikes(trips):
        mine = sorted((trip.begin, trips.index(trip)) for trip in trips if trip.bike == bike)
        for one, other in zip(mine, mine[1:]):
            if trips[one[1]].end > trips[other[1]].begin:
                pairs.append((one[1], other[1]))
    return sorted(pairs)


def report(trips):
    text = ""
    for bike, ridden in minutes(trips).items():
        text = text + f"{bike} {ridden}\n"
    minute, count = busiest(trips)
    text = text + f"busiest {minute} {count}\n"
    for group in groups(trips):
        text = text + "group " + " ".join(group) + "\n"
    for one, other in impossible(trips):
        text = text + f"impossible {one} {other}\n"
    return text


def main():
    with open(sys.argv[1]) as file:
        sys.stdout.write(report(read(file.read())))


if __name__ == "__main__":
    main()
