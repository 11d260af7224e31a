// What a digest shows, for every channel. `@carillon/content/digest`.
export {
  digestContent,
  longestHeading,
  longestSentence,
  shortTitle,
  showAll,
  type DigestContent,
  type DigestOptions,
} from './digest-content.ts';
export { digestTitle, itemName, longestTitle } from './digest-titles.ts';
export { planDigest, type DigestItem, type DigestStyle, type PlannedGroup } from './plan-digest.ts';
export { sentencesOf, type SentenceOf } from './sentences-of.ts';
