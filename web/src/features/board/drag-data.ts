/** What a dragged card says about itself. */
export interface CardData {
  type: 'card';
  id: string;
  statusId: string;
}

export function isCardData(
  data: Record<string | symbol, unknown>,
): data is CardData & Record<string | symbol, unknown> {
  return data.type === 'card' && typeof data.id === 'string' && typeof data.statusId === 'string';
}
