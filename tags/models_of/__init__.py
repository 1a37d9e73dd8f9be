"""Tags that come from a model. One file a model; its name stands here twice, to be imported and to be found by its code.

A module has ``CODE``, ``VERSION``, ``SHAPE`` (one, several, number), ``SORT`` (layer, group, score, prediction), ``FORMULA``
(with its source), ``VALUES`` (code, English, 中文; none where data brings the words) and ``parse(parameters, place)``. That
gives a frozen object with ``sources()`` (readings shared with other tags), ``signals()`` (facts that it needs) and
``rows(setting, fitted)``: SELECT of a member and his code or number; or, where Python works it out, ``asks(setting)`` and
``scored(columns, fitted)``. One that learns has ``learns(setting)`` and ``fitted(columns, as_of=…)``, and perhaps ``known()``
(nothing is to be learned), ``follows`` (goes on from its last fit), ``needs()`` (tags to be computed before it) and ``whole``
(only everybody at once). See ``tags.models_of.learning``.
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
