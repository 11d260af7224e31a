// The code of each worker thread of bodies.ts.
import { drawInWorker } from '@carillon/content';
import { bodyDrawings } from './body-drawings.ts';

drawInWorker({ slack: bodyDrawings.slack.draw, email: bodyDrawings.email.draw });
