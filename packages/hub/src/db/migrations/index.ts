import type { Migration } from 'kysely';
import { registry } from './0001-registry.ts';
import { path } from './0002-path.ts';
import { walrus } from './0003-walrus.ts';
import { storedChunks } from './0004-stored-chunks.ts';
import { walrusFiles } from './0005-walrus-files.ts';
import { log } from './0006-log.ts';
import { standing } from './0007-standing.ts';
import { releaseFiles } from './0008-release-files.ts';
import { curation } from './0009-curation.ts';
import { triage } from './0010-triage.ts';
import { audits } from './0011-audits.ts';
import { uploadNetwork } from './0012-upload-network.ts';
import { receiptSessions } from './0013-receipt-sessions.ts';
import { epochSince } from './0014-epoch-since.ts';
import { statementPace } from './0015-statement-pace.ts';
import { nonces } from './0016-nonces.ts';
import { logRollback } from './0017-log-rollback.ts';
import { seniority } from './0018-seniority.ts';
import { uploadRoom } from './0019-upload-room.ts';
import { nodeSessions } from './0020-node-sessions.ts';
import { nodeHoldings } from './0021-node-holdings.ts';
import { standingSeats } from './0022-standing.ts';
import { wrongAnswers } from './0023-wrong-answers.ts';
import { answeredProbes } from './0024-answered-probes.ts';
import { chunkPieces } from './0025-chunk-pieces.ts';
import { segments } from './0026-segments.ts';
import { unfiledSessions } from './0027-unfiled-sessions.ts';
import { events } from './0028-events.ts';
import { activation } from './0029-activation.ts';
import { usage } from './0030-usage.ts';
import { webhooks } from './0031-webhooks.ts';
import { figures } from './0032-figures.ts';
import { words } from './0034-words.ts';
import { usageDays } from './0035-usage-days.ts';

/** Forward only: no `down`, and what has been released is never edited. */
export const migrations: Record<string, Migration> = {
  '0001-registry': registry,
  '0002-path': path,
  '0003-walrus': walrus,
  '0004-stored-chunks': storedChunks,
  '0005-walrus-files': walrusFiles,
  '0006-log': log,
  '0007-standing': standing,
  '0008-release-files': releaseFiles,
  '0009-curation': curation,
  '0010-triage': triage,
  '0011-audits': audits,
  '0012-upload-network': uploadNetwork,
  '0013-receipt-sessions': receiptSessions,
  '0014-epoch-since': epochSince,
  '0015-statement-pace': statementPace,
  '0016-nonces': nonces,
  '0017-log-rollback': logRollback,
  '0018-seniority': seniority,
  '0019-upload-room': uploadRoom,
  '0020-node-sessions': nodeSessions,
  '0021-node-holdings': nodeHoldings,
  '0022-standing': standingSeats,
  '0023-wrong-answers': wrongAnswers,
  '0024-answered-probes': answeredProbes,
  '0025-chunk-pieces': chunkPieces,
  '0026-segments': segments,
  '0027-unfiled-sessions': unfiledSessions,
  '0028-events': events,
  '0029-activation': activation,
  '0030-usage': usage,
  '0031-webhooks': webhooks,
  '0032-figures': figures,
  '0034-words': words,
  '0035-usage-days': usageDays,
};
