"""The few kinds of panel that the dashboards are made of. Pure."""

# ruff: noqa: FBT003 - the SDK takes its booleans by position

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grafana_foundation_sdk.cog.builder import Builder

SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
GREEN, AMBER, RED, BLUE = "green", "orange", "red", "blue"
WIDTH = 24
RUNBOOKS = "docs/runbooks"
"""The chart puts its value ``monitoring.rules.runbookUrl`` in its place."""


def limits(*steps: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Return thresholds: from each value on the colour, the first from minus infinity."""
    return (
        dashboard.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=value, color=color) for value, color in steps])
    )


NONE_IS_GOOD = ((None, GREEN), (1, RED))


def runbook(alert: str) -> dashboard.DashboardLink:
    """Return a link to an alert's runbook."""
    return dashboard.DashboardLink(f"Runbook: {alert}").url(f"{RUNBOOKS}/{alert}.md").target_blank(True)


def figure(
    title: str,
    expr: str,
    *,
    about: str,
    steps: tuple[tuple[float | None, str], ...] = ((None, BLUE),),
    unit: str = "short",
    span: int = 4,
    alert: str | None = None,
) -> stat.Panel:
    """Return one number, coloured by what it means."""
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .unit(unit)
        .decimals(0)
        .thresholds(limits(*steps))
        .color_mode(shapes.BigValueColorMode.BACKGROUND)
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .no_value("-")
        .span(span)
        .height(4)
        .with_target(prometheus.Dataquery().expr(expr).instant().ref_id("A"))
    )
    return panel.links([runbook(alert)]) if alert else panel


def lines(
    title: str,
    queries: Mapping[str, str],
    *,
    about: str,
    unit: str = "short",
    span: int = 12,
    steps: tuple[tuple[float | None, str], ...] | None = None,
    stacked: bool = False,
    alert: str | tuple[str, ...] = (),
) -> timeseries.Panel:
    """Return lines over time; ``queries`` maps what stands in the legend to an expression.

    ``alert``: the alert, or alerts, whose runbooks the panel leads to.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .fill_opacity(25 if stacked else 8)
        .line_width(1)
        .show_points(shapes.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(shapes.LegendDisplayMode.TABLE)
            .placement(shapes.LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(
            common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING)
        )
        .span(span)
        .height(8)
    )
    for letter, (legend, expr) in zip("ABCDEFGH", queries.items(), strict=False):
        panel = panel.with_target(prometheus.Dataquery().expr(expr).legend_format(legend).ref_id(letter))
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL))
    if steps:
        style = common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds(limits(*steps)).thresholds_style(style)
    alerts = (alert,) if isinstance(alert, str) else alert
    return panel.links([runbook(one) for one in alerts]) if alerts else panel


def rows_of(
    title: str,
    queries: Mapping[str, str],
    *,
    about: str,
    hidden: tuple[str, ...] = (),
    order: tuple[str, ...] = (),
    height: int = 8,
    span: int = WIDTH,
) -> table.Panel:
    """Return a table: a row for each set of labels, a column for each query by its name."""
    panel = (
        table.Panel()
        .title(title)
        .description(about)
        .datasource(SOURCE)
        .filterable(True)
        .no_value("-")
        .span(span)
        .height(height)
    )
    names = {}
    for letter, (name, expr) in zip("ABCDEFGHIJ", queries.items(), strict=False):
        query = prometheus.Dataquery().expr(expr).instant().format(PromQueryFormat.TABLE).ref_id(letter)
        panel = panel.with_target(query)
        # Grafana names the column of a single query just "Value".
        names["Value" if len(queries) == 1 else f"Value #{letter}"] = name
    return panel.with_transformation(
        model.DataTransformerConfig(id_val="merge", options={})
    ).with_transformation(
        model.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": dict.fromkeys(("Time", *hidden), True),
                "renameByName": names,
                "indexByName": {name: place for place, name in enumerate(order)},
            },
        )
    )


def in_words(panel: table.Panel, column: str, words: Mapping[str, tuple[str, str]]) -> table.Panel:
    """Show a column's numbers as words with a colour: ``{"1": ("yes", "green")}``."""
    options = {
        value: model.ValueMappingResult(text=text, color=color) for value, (text, color) in words.items()
    }
    return panel.override_by_name(
        column,
        [
            model.DynamicConfigValue(id_val="mappings", value=[model.ValueMap(options=options)]),
            model.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}),
        ],
    )


def chooser(name: str, label: str, query: str) -> dashboard.QueryVariable:
    """Return a variable that takes its values from a label; all of them unless somebody chooses."""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"qryType": 1, "query": query, "refId": name})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(model.VariableOption(selected=True, text="All", value="$__all"))
    )


def page(title: str, uid: str, *, about: str, other: tuple[str, str]) -> dashboard.Dashboard:
    """Return an empty dashboard that knows the ``other`` one: its title and uid."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(about)
        .tags(["botpod"])
        .timezone("browser")
        .readonly()
        .refresh("30s")
        .time("now-6h", "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(dashboard.DashboardLink(other[0]).url(f"/d/{other[1]}").keep_time(True).icon("dashboard"))
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )


def with_rows(
    board: dashboard.Dashboard, *rows: tuple[str, Iterable[Builder[model.Panel]]]
) -> dashboard.Dashboard:
    """Return the dashboard with these rows: each a title and its panels."""
    for title, panels in rows:
        board = board.with_row(dashboard.Row(title))
        for panel in panels:
            board = board.with_panel(panel)
    return board


def quantiles(metric: str, where: str, percents: tuple[int, ...], *labels: str) -> dict[str, str]:
    """Return the expressions of a histogram's quantiles, by ``labels``, as :func:`lines` takes them."""
    by = ", ".join(("le", *labels))
    named = "".join(f" {{{{{label}}}}}" for label in labels)
    return {
        f"p{percent}{named}": f"histogram_quantile({percent / 100:g}, "
        f"sum by ({by}) (rate({metric}_bucket{where}[$__rate_interval])))"
        for percent in percents
    }


def firing(span: int = WIDTH) -> table.Panel:
    """Return the table of the alerts that fire now."""
    return rows_of(
        "Alerts",
        {
            "firing": "max by (alertname, severity, namespace, bot, address) "
            '(ALERTS{alertname=~"Botpod.*", alertstate="firing"})'
        },
        about="What fires now. Each alert has a runbook of the same name; empty is good.",
        hidden=("Value", "firing"),
        order=("severity", "alertname", "namespace", "bot", "address"),
        height=5,
        span=span,
    ).no_value("Nothing fires")
