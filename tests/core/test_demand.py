from common.core.demand import Suggestion, demand, fill_rate

MON_8, TUE_17, WED_9, THU_9, FRI_9 = 8, 24 + 17, 48 + 9, 72 + 9, 96 + 9


def test_the_fill_rate_has_four_digits_and_is_unknown_if_nothing_was_offered() -> None:
    assert [fill_rate(2, 3), fill_rate(0, 9), fill_rate(0, 0)] == [0.6667, 0.0, None]


def test_an_hour_is_popular_from_eight_tenths_of_eight_slots() -> None:
    hours = {MON_8: (7, 7, 7), TUE_17: (10, 8, 8), WED_9: (9, 7, 9), THU_9: (8, 7, 7)}
    late = dict.fromkeys(hours, 1)
    found = demand(hours, (0, 0), late, 30)
    assert found.suggestions == [
        Suggestion("offer_more", "THU", 9, 0.875, 1.87),
        Suggestion("offer_more", "TUE", 17, 0.8, 2.33),
    ]
    assert found.late_removals_of_popular_hours == 2


def test_nobody_books_an_hour_with_eight_slots_for_which_no_booking_was_ever_placed() -> None:
    """In the last hour, the only booking was cancelled."""
    hours = {MON_8: (7, 0, 0), TUE_17: (8, 0, 0), WED_9: (9, 1, 1), THU_9: (8, 0, 1)}
    assert demand(hours, (0, 0), {}, 7).suggestions == [Suggestion("nobody_books", "TUE", 17, 0.0, 8.0)]


def test_both_kinds_of_suggestions_take_turns_and_the_strongest_come_first() -> None:
    """Of equal fill rates, more slots come first; of equal numbers, the earlier hour of the week."""
    booked = {TUE_17: (10, 9, 9), FRI_9: (20, 18, 18), MON_8: (8, 8, 8), WED_9: (10, 9, 9)}
    hours = {**booked, THU_9: (8, 0, 0), 10: (9, 0, 0), 0: (8, 0, 0)}
    found = [(each.kind, each.weekday, each.hour) for each in demand(hours, (0, 0), {}, 7).suggestions]
    assert found == [
        ("offer_more", "MON", 8),
        ("nobody_books", "MON", 10),
        ("offer_more", "FRI", 9),
        ("nobody_books", "MON", 0),
        ("offer_more", "TUE", 17),
    ]


def test_one_kind_fills_the_list_if_there_is_no_other() -> None:
    hours = dict.fromkeys(range(9), (8, 0, 0))
    assert [each.hour for each in demand(hours, (0, 0), {}, 7).suggestions] == [0, 1, 2, 3, 4]


def test_a_period_shorter_than_a_week_counts_as_a_week() -> None:
    hours = {TUE_17: (8, 0, 0)}
    found = {days: demand(hours, (0, 0), {}, days).suggestions[0].offered_per_week for days in (1, 7, 10, 14)}
    assert found == {1: 8.0, 7: 8.0, 10: 5.6, 14: 4.0}
