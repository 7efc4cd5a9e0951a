import type { Color, StatusCategory } from '@gantry/contracts/tasks';

/**
 * What the names of lists and colours mean here. Words of several languages; words in Latin or Cyrillic letters
 * match whole, others anywhere. The first category that matches counts.
 */
const CATEGORY_WORDS: readonly (readonly [StatusCategory, RegExp])[] = [
  ['unstarted', words('not done|not started|nicht begonnen|to ?do this week', '未完|未着手|未対応')],
  [
    'canceled',
    words(
      "cancel(l?ed)?|abandoned|rejected|declined|won'?t (do|fix)|dropped|duplicates?|abgebrochen|abgelehnt|verworfen|storniert|annul(é|ée|és|ées)|abandonn(é|és)|rejet(é|és)|cancelad[oa]s?|descartad[oa]s?|rechazad[oa]s?|annullat[oi]|geannuleerd|отменен[оы]?|отмена|anulowane|avbruten|iptal",
      '中止|却下|キャンセル|取消|취소',
    ),
  ],
  [
    'done',
    words(
      'done|completed?|finished|closed|shipped|released|live|deployed|resolved|fixed|merged|accomplished|erledigt|fertig|abgeschlossen|geschlossen|umgesetzt|terminé(e|s|es)?|fait(e|s|es)?|fini(e|s|es)?|clos|hecho|hecha|terminad[oa]s?|completad[oa]s?|finalizad[oa]s?|feito|concluíd[oa]s?|pronto|fatto|completat[oi]|finit[oi]|klaar|gereed|afgerond|voltooid|готово|сделано|выполнено|завершено|gotowe|zrobione|zakończone|klart?|färdigt?|ferdig|færdig|valmis|bitti|tamamlandı|hotovo',
      '完了|完成|済|終了|クローズ|完结|完結|リリース|완료|끝',
    ),
  ],
  [
    'started',
    words(
      'doing|in progress|progress|wip|started|working( on)?|in work|active|review|reviewing|in review|code review|test(ing)?|qa|verify|blocked|waiting|on hold|in arbeit|läuft|bearbeitung|in bearbeitung|prüfung|test|wartet|blockiert|en cours|en revue|en attente|bloqué|en curso|en proceso|en progreso|haciendo|revisión|em andamento|fazendo|em progresso|in corso|in lavorazione|mee bezig|bezig|в работе|в процессе|делаю|проверка|w toku|w trakcie|pågår|pågående|käynnissä|devam eden|yapılıyor',
      '作業中|進行中|进行中|対応中|実施中|着手|レビュー|確認中|検証|テスト|测试|處理中|处理中|진행|검토',
    ),
  ],
  [
    'backlog',
    words(
      'backlog|ideas?|icebox|someday|wish ?list|inbox|parking lot|later|maybe|suggestions?|ideen|wünsche|irgendwann|später|eingang|idées?|plus tard|un jour|boîte à idées|algún día|caixa de entrada|idee|ideia|ideias|ideeën|ooit|идеи|бэклог|беклог|pomysły|kiedyś|idéer|fikirler',
      'バックログ|アイデア|やりたい|いつか|案|想法|需求池|备选|백로그|아이디어',
    ),
  ],
];

function words(latin: string, anywhere: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${latin})(?![\\p{L}\\p{N}])|${anywhere}`, 'iu');
}

/** What a list of this name most likely means; `unstarted` if nothing tells. */
export function guessCategory(listName: string): StatusCategory {
  const name = listName.normalize('NFC');
  return CATEGORY_WORDS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'unstarted';
}

const CATEGORY_COLORS: Record<StatusCategory, Color> = {
  backlog: 'gray',
  unstarted: 'slate',
  started: 'amber',
  done: 'green',
  canceled: 'gray',
};

const TRELLO_COLORS = new Map<string, Color>([
  ['green', 'green'],
  ['yellow', 'yellow'],
  ['orange', 'orange'],
  ['red', 'red'],
  ['purple', 'purple'],
  ['blue', 'blue'],
  ['sky', 'sky'],
  ['teal', 'teal'],
  ['lime', 'lime'],
  ['pink', 'pink'],
  ['magenta', 'pink'],
  ['black', 'slate'],
  ['gray', 'gray'],
]);

/** Our nearest colour; their light and dark shades are one of ours. */
export function nearestColor(trello: string | null): Color | null {
  return TRELLO_COLORS.get(trello?.replace(/_(light|dark)$/, '') ?? '') ?? null;
}

export function statusColor(trello: string | null, category: StatusCategory): Color {
  return nearestColor(trello) ?? CATEGORY_COLORS[category];
}

/** `sky_dark` as a name people read: "Sky dark". */
export function colorName(trello: string): string {
  const spaced = trello.replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/**
 * The name, or the name with the first number that makes it new to `taken` (compared without case). Adds it there.
 */
export function uniqueName(name: string, taken: Set<string>, max: number): string {
  for (let n = 1; ; n++) {
    const suffix = n === 1 ? '' : ` (${n})`;
    const candidate =
      name
        .slice(0, max - suffix.length)
        .toWellFormed()
        .trim() + suffix;
    if (taken.has(candidate.toLowerCase())) continue;
    taken.add(candidate.toLowerCase());
    return candidate;
  }
}
