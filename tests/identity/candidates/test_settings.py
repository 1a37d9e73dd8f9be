import pytest

from identity.candidates import blocking, comparisons, settings
from identity.candidates.settings import DIALECTS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_word_is_spelled_in_every_dialect(dialect):
    made = settings.build(settings.default(), people=1000, dialect=dialect)
    told = [level["sql_condition"] for each in made["comparisons"] for level in each["comparison_levels"]]
    assert not [sql for sql in told if "{" in sql or "cardinality_of" in sql]
    assert [each["output_column_name"] for each in made["comparisons"]] == [
        each.field for each in comparisons.ALL
    ]


def test_default_figures_are_probabilities_and_better_levels_weigh_more():
    for rows in settings.default()["fields"].values():
        assert all(0 < m < 1 and 0 < u < 1 for m, u in rows)
        assert sum(m for m, _u in rows) == pytest.approx(1, abs=0.35)
        weights = [m / u for m, u in rows]
        assert weights[0] > 1 > weights[-1]


def test_the_prior_falls_with_the_number_of_people():
    parameters = settings.default()
    assert settings.prior(parameters, people=1_000) == pytest.approx(0.6 / 999)
    assert settings.prior(parameters, people=2) <= 0.5
    assert settings.prior(parameters, people=10) > settings.prior(parameters, people=100)


def test_other_levels_are_another_structure(monkeypatch):
    before = settings.structure()
    monkeypatch.setattr(comparisons, "ALL", comparisons.ALL[1:])
    assert settings.structure() != before


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_every_rule_of_blocking_is_in_the_statement(dialect):
    sql = blocking.keys(table="people", dialect=dialect)
    assert sql.count("UNION ALL") == len(blocking.RULES) - 1
    assert len({rule.code for rule in blocking.RULES}) == len(blocking.RULES)
