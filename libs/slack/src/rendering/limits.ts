// Slack's size limits for what a message holds, in characters unless said otherwise.

export const limits = {
  blocks: 50,
  blockId: 255,
  actionId: 255,
  sectionText: 3000,
  fieldText: 2000,
  fieldsPerSection: 10,
  headerText: 150,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  buttonValue: 2000,
  url: 3000,
  altText: 2000,
  imageTitle: 2000,
  markdownText: 12_000,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  options: 100,
  optionGroups: 100,
  optionText: 75,
  optionValue: 150,
  overflowOptions: 5,
  choiceOptions: 10,
  placeholder: 150,
  /** Not Slack's: more would not fit in a message either. */
  richTextElements: 5_000,
  tableRows: 100,
  tableColumns: 20,
  /**
   * All texts of a message together, in what we render. Slack takes some 12,000 characters less a part for each block,
   * and documents neither: it was seen to take 9,597 in 50 blocks and to refuse 11,341 in 45.
   */
  allText: 9_500,
  /** The same in what producers wrote: more was seen to be refused whatever the blocks are. */
  allTextSeen: 13_200,
  /** The fallback in `text`, in bytes of UTF-8: `chat.update` takes fewer than 4,000. */
  fallbackBytes: 3_800,
} as const;
