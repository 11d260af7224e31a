// The dashboard for Grafana: is the objective held, what waits, what goes out, are the streams and the services well.
// Pure: the spec beside it writes k8s/components/monitoring/dashboard.json and checks its queries.
import { DashboardBuilder, DatasourceVariableBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

type Query = readonly [expression: string, legend: string];

interface Panel {
  title: string;
  help: string;
  unit: string;
  queries: readonly Query[];
  /** A measurement of these leads to its trace. */
  exemplars?: boolean;
}

const rate = (metric: string, by: string, selector = ''): string =>
  `sum by (${by}) (rate(${metric}${selector}[$__rate_interval]))`;
const quantile = (q: number, histogram: string, by = '', selector = ''): string =>
  `histogram_quantile(${q}, sum by (${['le', by].filter(Boolean).join(', ')}) (rate(${histogram}_bucket${selector}[$__rate_interval])))`;
const quantiles = (histogram: string, selector = ''): Query[] => [
  [quantile(0.5, histogram, '', selector), 'half'],
  [quantile(0.99, histogram, '', selector), '99 %'],
];

const latency = 'carillon_delivery_latency_seconds';
const lagBy = 'messaging_consumer_group_name, messaging_destination_name';
const lagLegend = '{{messaging_consumer_group_name}} {{messaging_destination_name}}';

const rows: readonly { title: string; panels: readonly Panel[] }[] = [
  {
    title: 'Objective: 99 % of immediate notifications within 10 s',
    panels: [
      {
        title: 'Late notifications',
        help: 'The share of those that neither Slack nor quiet hours hold. The objective is 1 %.',
        unit: 'percentunit',
        queries: [
          ['carillon:late_notifications:ratio_rate1h', '1 hour'],
          ['carillon:late_notifications:ratio_rate6h', '6 hours'],
          ['carillon:late_notifications:ratio_rate3d', '3 days'],
        ],
      },
      {
        title: 'Latency from request to acceptance',
        help: 'Of immediate notifications that nothing holds. The points are single notifications with their traces.',
        unit: 's',
        queries: quantiles(latency, '{held_by="nothing"}'),
        exemplars: true,
      },
      {
        title: 'Accepted, by what held them',
        help: 'Notifications a second.',
        unit: 'short',
        queries: [[rate(`${latency}_count`, 'channel, held_by'), '{{channel}}, held by {{held_by}}']],
      },
    ],
  },
  {
    title: 'Queues',
    panels: [
      {
        title: 'Deliveries without an outcome',
        help: 'By state; at most a million are counted.',
        unit: 'short',
        queries: [['max by (state) (carillon_delivery_queued)', '{{state}}']],
      },
      {
        title: 'The oldest that nothing blocks',
        help: 'How long it has been ready.',
        unit: 's',
        queries: [['max(carillon_delivery_oldest_ready_seconds)', 'oldest']],
      },
      {
        title: 'Blocked lanes',
        help: 'By cause, and the lanes whose circuit breaker is not closed.',
        unit: 'short',
        queries: [
          ['max by (cause) (carillon_delivery_blocked_lanes)', '{{cause}}'],
          ['sum by (state) (carillon_delivery_breaker_state{state!="closed"})', 'breaker {{state}}'],
        ],
      },
      {
        title: 'Lanes that move',
        help: 'Taken: after a start or an orderly stop. Lost: a lease had ended while its process ran.',
        unit: 'short',
        queries: [
          ['sum(increase(carillon_delivery_lanes_acquired_total[$__rate_interval]))', 'taken'],
          ['sum(increase(carillon_delivery_lanes_lost_total[$__rate_interval]))', 'lost'],
        ],
      },
    ],
  },
  {
    title: 'Sending',
    panels: [
      {
        title: 'Attempts',
        help: 'By how they ended.',
        unit: 'short',
        queries: [[rate('carillon_delivery_attempts_total', 'channel, end'), '{{channel}} {{end}}']],
      },
      {
        title: 'Errors',
        help: 'Attempts that did not deliver, by error code.',
        unit: 'short',
        queries: [[rate('carillon_delivery_attempts_total', 'error', '{end!="delivered"}'), '{{error}}']],
      },
      {
        title: 'Duration of an attempt',
        help: 'From the write of the request to its end.',
        unit: 's',
        queries: quantiles('carillon_delivery_attempt_seconds'),
        exemplars: true,
      },
      {
        title: 'Asked to slow down, ambiguous, possible duplicates',
        help: 'By channel.',
        unit: 'short',
        queries: [
          [rate('carillon_delivery_slow_downs_total', 'channel'), '{{channel}} 429'],
          [rate('carillon_delivery_ambiguous_total', 'channel'), '{{channel}} ambiguous'],
          [rate('carillon_delivery_possible_duplicates_total', 'channel'), '{{channel}} possible duplicates'],
        ],
      },
      {
        title: 'Ended',
        help: 'Deliveries that an attempt ended, by state.',
        unit: 'short',
        queries: [[rate('carillon_delivery_ended_total', 'channel, state'), '{{channel}} {{state}}']],
      },
    ],
  },
  {
    title: 'Streams',
    panels: [
      {
        title: 'Lag in seconds',
        help: 'The age of the oldest record that is not handled.',
        unit: 's',
        queries: [[`max by (${lagBy}) (carillon_consumer_lag_seconds)`, lagLegend]],
      },
      {
        title: 'Lag in records',
        help: 'Over all partitions.',
        unit: 'short',
        queries: [[`sum by (${lagBy}) (carillon_consumer_lag_records)`, lagLegend]],
      },
      {
        title: 'Records handled',
        help: 'Whose offset is committed.',
        unit: 'short',
        queries: [[rate('messaging_client_consumed_messages_total', lagBy), lagLegend]],
      },
      {
        title: 'Decisions',
        help: 'By verdict.',
        unit: 'short',
        queries: [[rate('carillon_decisions_total', 'verdict'), '{{verdict}}']],
      },
      {
        title: 'Dead letters',
        help: 'By reason.',
        unit: 'short',
        queries: [[rate('carillon_dead_letters_total', 'reason'), '{{reason}}']],
      },
      {
        title: 'Age of the outbox',
        help: 'Of the oldest record that waits.',
        unit: 's',
        queries: [['max by (job) (carillon_outbox_age_seconds)', '{{job}}']],
      },
    ],
  },
  {
    title: 'Slack',
    panels: [
      {
        title: 'Installations',
        help: 'By state.',
        unit: 'short',
        queries: [['max by (state) (carillon_installations)', '{{state}}']],
      },
      {
        title: 'Exchanges of tokens',
        help: 'By how they ended.',
        unit: 'short',
        queries: [[rate('carillon_token_refreshes_total', 'end'), '{{end}}']],
      },
      {
        title: 'Syncs of the directory',
        help: 'Running, and pages a second.',
        unit: 'short',
        queries: [
          ['sum(carillon_directory_syncs_running)', 'running'],
          ['sum(rate(carillon_directory_sync_pages_total[$__rate_interval]))', 'pages'],
          [rate('carillon_directory_syncs_total', 'end'), '{{end}}'],
        ],
      },
      {
        title: 'Events and interactions from Slack',
        help: 'Answered, and refused by reason.',
        unit: 'short',
        queries: [
          [rate('carillon_ingress_events_total', 'result'), 'event {{result}}'],
          [rate('carillon_ingress_interactions_total', 'kind'), '{{kind}}'],
          [rate('carillon_ingress_refused_total', 'reason'), 'refused {{reason}}'],
        ],
      },
    ],
  },
  {
    title: 'Services',
    panels: [
      {
        title: 'Requests',
        help: 'By status.',
        unit: 'reqps',
        queries: [
          [
            rate('http_server_request_duration_seconds_count', 'job, http_response_status_code'),
            '{{job}} {{http_response_status_code}}',
          ],
        ],
      },
      {
        title: 'Duration of a request, 99 %',
        help: 'By route.',
        unit: 's',
        queries: [
          [quantile(0.99, 'http_server_request_duration_seconds', 'job, http_route'), '{{job}} {{http_route}}'],
        ],
      },
      {
        title: 'Connections to PostgreSQL',
        help: 'In use, and statements that wait for one.',
        unit: 'short',
        queries: [
          [
            'sum by (job, db_client_connection_pool_name) (db_client_connection_count{db_client_connection_state="used"})',
            '{{job}} {{db_client_connection_pool_name}} used',
          ],
          [
            'sum by (job, db_client_connection_pool_name) (db_client_connection_pending_requests)',
            '{{job}} {{db_client_connection_pool_name}} waiting',
          ],
        ],
      },
      {
        title: 'Delay of the event loop, 99 %',
        help: 'By pod.',
        unit: 's',
        queries: [['max by (job, pod) (nodejs_eventloop_lag_p99_seconds)', '{{pod}}']],
      },
      {
        title: 'Memory',
        help: 'By pod.',
        unit: 'bytes',
        queries: [['max by (job, pod) (process_resident_memory_bytes)', '{{pod}}']],
      },
    ],
  },
];

export function dashboard(): object {
  const builder = new DashboardBuilder('Carillon')
    .uid('carillon')
    .tags(['carillon'])
    .description('Generated from apps/checks/src/monitoring/dashboard.ts.')
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('source').label('Prometheus').type('prometheus'));
  for (const { title, panels } of rows) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panelOf(panel));
  }
  return builder.build();
}

function panelOf({ title, help, unit, queries, exemplars = false }: Panel): PanelBuilder {
  const panel = new PanelBuilder()
    .title(title)
    .description(help)
    .unit(unit)
    .min(0)
    .span(8)
    .height(8)
    .datasource({ type: 'prometheus', uid: '${source}' });
  for (const [expression, legend] of queries)
    panel.withTarget(new DataqueryBuilder().expr(expression).legendFormat(legend).exemplar(exemplars));
  return panel;
}
