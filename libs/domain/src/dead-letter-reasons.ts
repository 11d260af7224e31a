// Why a record went to a dead-letter topic (`dlq_reason`): the closed list of our own codes, with what to do. Errors of
// a library that are final for a record may add others; `dlq_detail` says then what happened.
export const deadLetterReasons = {
  empty_value: 'Send the event in the value of the record; only topics of states take records without a value.',
  value_too_large: 'Send less in one record, or files by URL.',
  not_a_cloud_event:
    'Send a CloudEvent: the ce_ headers (binary mode) or application/cloudevents+json (structured mode).',
  wrong_type: 'Send the record to the topic of its ce_type.',
  unsupported_content_type: 'Send JSON with the content-type application/json or application/cloudevents+json.',
  not_utf8: 'Encode the record as UTF-8.',
  not_json: 'Send valid JSON.',
  invalid_payload: 'Correct the fields that dlq_detail names, and send the event again.',
  invalid_key: 'Use the key that docs/topics.md gives for the topic.',
  unreadable: 'Read dlq_detail: it says which part of the record is missing.',
  decompression_limit: 'Send smaller batches; this one unpacks to more than a consumer takes.',
  unsupported_compression: 'Use none, gzip, snappy, lz4 or zstd as the compression of the producer.',
  unreadable_batch: 'Check the producer and the broker: the batch is damaged. The letter holds its bytes.',
  unsupported_record_format: 'Use a producer that writes record batches of version 2 (Kafka 0.11 or later).',
  not_handled: 'Report it: the record made a handler fail. Retry the letter after the repair.',
  not_storable: 'Remove what the database cannot hold (NUL, or a value that is too large), and send the event again.',
  wrong_key: 'Write the state under the key of its value; dlq_detail names both.',
  unknown_tenant: 'Declare the tenant in TENANTS_FILE, then retry the letter; or correct the tenantId.',
  foreign_installation: 'Name an installation of the same tenant; an installation never changes its tenant.',
  version_out_of_bounds: 'Correct the clock of the producer: a version is a time in ms and may not be in the future.',
  source_not_allowed:
    "Add the source to the tenant's sources in TENANTS_FILE, then retry the letter; or correct ce_source.",
  unknown_type: 'Add the type to the catalogue, then retry the letter; or correct the type.',
  unusable_type: 'Declare the type anew, as dlq_detail says, or run a release that takes it; then retry the letter.',
  id_reused: 'Give each event an id of its own; the same source and id with other content is refused.',
  reserved_id: 'Choose another id: those that begin with `carillon:` are reserved.',
  broadcast_refused: 'Remove <!channel>, <!here> or the user group, or set `broadcast: allowed` for the type.',
  mention_refused: 'Mention only people whom the notification addresses, or mention them in `mentions`.',
  wrong_notification_id: 'Check who may write to the topic: only preferences writes resolved notifications.',
  foreign_address: 'Check who may write to the topic: the destination belongs to another tenant.',
} as const;

export type DeadLetterReason = keyof typeof deadLetterReasons;
