"""How many people and seeds may be simulated. No NumPy here: before calibration nothing needs it."""

from issuer.simulation.refused import SimulationRefused

PEOPLE = 5_000
FEWEST_PEOPLE, MOST_PEOPLE = 100, 100_000
MOST_SEEDS = 100


def check_people(people: int) -> None:
    """Raise SimulationRefused `simulation.people` for too few to say anything, or too many to wait for."""
    if not FEWEST_PEOPLE <= people <= MOST_PEOPLE:
        raise SimulationRefused(
            "simulation.people",
            f"Simulate {FEWEST_PEOPLE} to {MOST_PEOPLE:,} people, not {people}.",
        )
