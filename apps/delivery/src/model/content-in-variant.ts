// What a recipient is told: the content with what its variant says instead. What the variant does not name, such as
// files, stays as in the content.
import type { Content, ContentVariant } from '@carillon/domain';

/** `variant`: null or undefined where the recipient has none, or one that the notification lacks. */
export const contentInVariant = (content: Content, variant: ContentVariant | null | undefined): Content =>
  variant ? { ...content, ...variant, title: variant.title ?? content.title } : content;

/** In SQL, of a delivery `d` and its notification `n`; reads the variants only where one is named. */
export const variantColumn = 'CASE WHEN d.variant IS NOT NULL THEN n.variants->d.variant END';
