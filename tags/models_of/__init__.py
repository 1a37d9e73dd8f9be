"""Tags that come from a model: measured over everybody, then divided by bounds. One file a model, one line here.

A model's module has ``CODE``, ``VALUES`` (code, English, 中文) and ``parse(parameters, place)``, which gives a frozen
object with ``facts(setting)``: SELECT member_id and the measures; ``fitted(table)``: SELECT of the one row of bounds
over such a table, or nothing where they are given; ``bounds(row)``; and ``classified(table, bounds)``: SELECT
member_id, code.
"""

from tags.models_of import (
    activeness,
    age,
    appliance_needs,
    best_time,
    brought,
    category_groups,
    channel_preference,
    clusters,
    clv,
    cycles,
    habits,
    in_cart,
    interest,
    join_path,
    koc,
    loyalty,
    loyalty_levels,
    network_value,
    percentiles,
    promotion_preference,
    propensity,
    province,
    pyramid,
    rate,
    real_value,
    rfm,
    satisfaction,
    self_propagation,
    stage,
    states,
    taste,
    tier,
    transactional,
    words_of_events,
    zodiac,
)

MODELS = {
    module.CODE: module
    for module in (
        activeness,
        age,
        appliance_needs,
        best_time,
        brought,
        category_groups,
        channel_preference,
        clusters,
        clv,
        cycles,
        habits,
        in_cart,
        interest,
        join_path,
        koc,
        loyalty,
        loyalty_levels,
        network_value,
        percentiles,
        promotion_preference,
        propensity,
        province,
        pyramid,
        rate,
        real_value,
        rfm,
        satisfaction,
        self_propagation,
        stage,
        states,
        taste,
        tier,
        transactional,
        words_of_events,
        zodiac,
    )
}
"""By their codes, one line each."""
