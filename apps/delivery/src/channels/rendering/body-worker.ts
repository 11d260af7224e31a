// What each worker thread of bodies.ts runs.
import { drawInWorker } from '@carillon/slack/rendering';
import { bodyDrawings } from './body-drawings.ts';

drawInWorker({ slack: bodyDrawings.slack.draw, email: bodyDrawings.email.draw });
