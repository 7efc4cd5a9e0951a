import type { Color } from '@gantry/contracts/tasks';

export interface DemoProject {
  name: string;
  key: string;
  description: string;
  labels: Record<string, Color>;
  /**
   * One task a line: `status | priority | labels | people | due in days | title :: description`. Lines with `>`
   * below it are its comments: `> person: text`.
   */
  tasks: string;
}

export const DEMO_PROJECTS: readonly DemoProject[] = [
  {
    name: 'Online shop relaunch',
    key: 'SHOP',
    description:
      'New shop by the start of the autumn season: faster pages, honest delivery dates, returns without e-mail.',
    labels: {
      checkout: 'green',
      catalogue: 'sky',
      content: 'violet',
      bug: 'red',
      performance: 'amber',
      accessibility: 'teal',
    },
    tasks: `
done | high | content | ines | -40 | Interview eight customers about how they choose a table :: Half of them bought in the last year, half left without buying. Notes are in the shared folder, one page each.
> ines: Strongest pattern: people measure their room first and look for the exact size. Filters start with style today.
> dana: That settles the order of the filters. Thank you.
done | high | catalogue | tomas | -34 | Agree on product families and their attributes
done | medium | catalogue | tomas,priya | -30 | Move the product data out of the spreadsheet
done | high | checkout | malik | -28 | Choose a payment provider :: Cards, PayPal and invoice for business customers. Payouts weekly at most.
> malik: Two of the four cannot do invoice in Austria. The comparison is in the description of the contract task.
done | medium | performance | priya | -25 | Measure where today's pages lose their time
> priya: Median product page takes 4.1 s on a phone; 2.6 s of that is pictures.
done | medium | content | ines | -21 | Write the tone-of-voice page
done | low | content | noah | -20 | Collect the logos of our wood suppliers
done | high | checkout | malik,tomas | -18 | Sketch the checkout in three steps
done | medium | accessibility | ines | -16 | Check colour contrast of the new palette
done | urgent | bug,checkout | priya | -14 | Orders from Switzerland are charged without customs note
> dana: Three customers wrote in. Please answer them before fixing, they are waiting.
> priya: Answered and refunded. The note is added for every address outside the EU now.
done | medium | catalogue | tomas | -12 | Photograph the oak series again in daylight
canceled | low | content | ines | -10 | Blog in the shop :: Nobody has time to write it. Two articles a year go to the newsletter instead.
done | high | performance | priya | -9 | Serve pictures in the size they are shown
done | medium | checkout | malik | -7 | Show the delivery week before the address is asked
> tomas: Works for stock items. Made-to-order needs the planning data, see the task about workshop capacity.
in_review | high | checkout | priya | 1 | Pay by invoice for business customers :: Only with a VAT number that checks out, up to 5,000 € open per customer.
> priya: Ready to try on the test shop with any number that starts with ATU.
> malik: Works. What happens when the register is down?
> priya: Then invoice is not offered and the page says why. Cards stay.
in_review | medium | accessibility | ines | 2 | Every picture of a product has a description
in_review | medium | bug | tomas | 0 | Filter by length forgets its value on the way back
in_review | high | catalogue | tomas,ines | 3 | Configure size, wood and finish on one page
> ines: The price jumps while dragging the slider. Could it wait until the finger is lifted?
> tomas: Done, and the old price fades instead of vanishing.
in_progress | urgent | bug,checkout | priya | -1 | Confirmation mail arrives twice when the payment page is reloaded :: Seen seven times since Monday. Order is stored once, only the mail doubles.
> malik: Please before the weekend; Saturday is the newsletter.
in_progress | high | performance | priya | 4 | Product page under two seconds on a mid-range phone
in_progress | high | checkout | malik | 5 | Returns without e-mail: label and pick-up day in the account
> dana: Pick-up costs us 38 € a piece. Free above 400 €, otherwise half.
in_progress | medium | catalogue | tomas | 6 | Related pieces: same wood, fits the size
in_progress | medium | content | ines | 3 | Texts for the twelve best-selling pieces
in_progress | low | accessibility | ines | 9 | Keyboard order of the size slider
in_progress | medium | checkout | tomas | 7 | Gift cards that can be used in parts
todo | high | performance | priya | 8 | Load test with four times the traffic of last November
todo | high | checkout | malik | 10 | Terms and withdrawal notice checked by the lawyer
> malik: She has time on Thursday.
todo | medium | catalogue | tomas | 11 | Delivery week for made-to-order from the workshop's capacity
todo | medium | content | noah | 12 | Care instructions for oiled surfaces
todo | medium | bug |  | 6 | Search finds "Stuhl" but not "Stühle"
todo | low | bug |  | 14 | Prices in the print view are cut off in Firefox
todo | medium | accessibility | ines | 13 | Try the whole checkout with a screen reader
todo | high | checkout | malik,priya | 15 | Rehearse a day without the payment provider
todo | medium | performance |  | 16 | Remove the old tracking scripts
todo | low | content | ines | 18 | Pictures of real homes, with permission
backlog | medium | catalogue |  |  | Compare up to three pieces side by side
backlog | low | checkout |  |  | Reserve a piece for 24 hours
backlog | medium | catalogue |  |  | Show a table true to size in a photo of one's room
backlog | low | content |  |  | Story of each tree, from the forester
backlog | none |  |  |  | Second-hand corner for returned pieces
backlog | low | performance |  |  | Keep the cart when the connection drops
backlog | medium | checkout |  |  | Split an order into two deliveries
`,
  },
  {
    name: 'Workshop planning',
    key: 'WORK',
    description: 'One plan for machines, people and wood, so that promised weeks are kept.',
    labels: { machines: 'slate', people: 'sky', wood: 'lime', safety: 'red', quality: 'violet' },
    tasks: `
done | high | machines | malik | -45 | List every machine with its hours a week
done | medium | people | dana | -41 | Ask each team what they would change first
> dana: Nearly everyone: know on Friday what Monday brings.
done | high | wood | tomas | -36 | Count the stock of boards, by species and thickness
done | urgent | safety | malik | -33 | Guard of the planer does not lock
> malik: Machine is off until the part arrives.
> malik: Part is in, tested with the safety officer, signed off.
done | medium | quality | ines | -29 | Photograph the ten most common faults
done | medium | people | dana | -26 | Rota for the drying room
done | high | wood | tomas | -24 | Second supplier for ash
done | low | machines | noah | -22 | Label every cable in the machine room
done | medium | quality | ines,tomas | -17 | One page: how we grade oak
canceled | medium | machines | malik | -15 | Lease a second CNC :: The numbers do not carry it below 70 hours a week; we are at 44.
done | high | people | dana | -11 | Hire a joiner for the surface team
done | medium | wood | tomas | -8 | Moisture of every delivery goes on its sheet
in_review | high | people | dana | 1 | Plan of next week is on the wall every Friday at two
> dana: Third week in a row. One more, then this is done.
in_review | medium | quality | ines | 2 | Sample board for each finish
in_review | medium | machines | malik | 3 | Service calendar for all saws
in_progress | high | wood | tomas | 2 | Boards get a number when they enter the store
> tomas: 412 of about 1,900 are numbered. Two hours a day is what we can spare.
> dana: Noah can help on Tuesdays and Thursdays.
in_progress | urgent | safety | malik,noah | 0 | Dust extraction is below the limit at the belt sander :: Measured 2.4 mg/m³ on Wednesday; the limit is 2. Sander only with mask until this is closed.
> noah: Filter is changed. New measurement on Monday.
in_progress | medium | people | dana | 5 | Who can run which machine: one table, kept up to date
in_progress | medium | machines | malik | 6 | Time a set-up of the CNC, twenty times
in_progress | high | quality | ines | 4 | Count returns by reason, back to January
todo | high | wood | tomas | 7 | Order oak for the autumn
todo | medium | machines |  | 9 | Spare blades for the band saw
todo | high | people | dana,malik | 8 | Plan without overtime in the second half of the month
todo | medium | quality | ines | 10 | Check list before packing
> ines: Draft is five lines. It should stay that short.
todo | low | wood |  | 14 | Use for offcuts under 40 cm
todo | medium | safety | malik | 12 | Fire drill with the evening shift
todo | medium | people |  | 13 | First week of a newcomer, day by day
todo | low | machines |  | 20 | Quieter compressor
todo | medium | quality | tomas | 15 | Let three customers judge the new oil
backlog | medium | machines |  |  | Measure what the machines draw, hour by hour
backlog | low | wood |  |  | Visit the sawmill with the whole team
backlog | medium | people |  |  | Four-day week: what would have to be true
backlog | low | quality |  |  | Mark inside each piece: who made it, and when
backlog | none | wood |  |  | Dry our own ash
backlog | low | safety |  |  | Better light above the assembly benches
backlog | medium | people |  |  | Apprentices from next autumn
backlog | low | machines |  |  | Lift for heavy table tops
backlog | none |  |  |  | Open day for neighbours
`,
  },
  {
    name: 'Showroom in Graz',
    key: 'GRAZ',
    description:
      'A small showroom: twelve pieces, coffee, appointments. Opens with the long night of design.',
    labels: { building: 'orange', furniture: 'lime', opening: 'violet', money: 'green' },
    tasks: `
done | high | building | dana | -50 | See five places, choose two
done | high | money | dana,malik | -44 | Budget with three sizes: small, right, regret
> malik: The middle one pays back in 26 months with 40 visits a week.
done | medium | building | dana | -38 | Lease read by a lawyer
done | urgent | building | dana | -32 | Sign the lease
done | medium | building | tomas | -27 | Measure everything, floor to ceiling
done | high | furniture | ines | -23 | Which twelve pieces we show
> ines: Eight that sell, three that make people stop, one prototype.
done | medium | building | malik | -19 | Quotes from three electricians
done | low | opening | ines | -13 | Ask the café next door about opening hours
done | medium | money | dana | -10 | Insurance for pieces on show
canceled | low | building | tomas | -6 | Neon sign :: Not allowed in the old town.
in_review | high | building | malik | 1 | Plan of lights with the electrician
> malik: She moves two circuits, no extra cost.
in_review | medium | opening | ines | 4 | Invitation: text and paper
in_progress | high | building | tomas | 3 | Floor: sand, oil, wait
> tomas: First coat is on. Do not enter before Thursday.
in_progress | medium | furniture | ines,noah | 6 | Build the twelve pieces for Graz
in_progress | medium | opening | dana | 5 | Appointments can be booked online
in_progress | urgent | building | malik | -2 | Permit for the ramp at the entrance :: The office wants a drawing with the slope. Without it we cannot open to everybody.
> dana: I called, they look at it on Wednesday if it is there on Tuesday.
> malik: Drawing is handed in.
in_progress | medium | money | dana | 7 | Grant of the city for empty shops
todo | high | opening | ines | 9 | Who comes to the opening: list of 120
todo | medium | furniture | tomas | 11 | Transport in two runs, with blankets
todo | medium | building | malik | 10 | Internet and card terminal
todo | medium | opening | priya | 12 | Screen with the configurator
todo | low | opening |  | 14 | Coffee: machine or the neighbour
todo | high | opening | dana | 16 | Who is there on which day, first eight weeks
todo | medium | furniture | ines | 13 | Small cards: wood, size, price, maker
todo | medium | opening | ines | 15 | Press: three papers and the design magazine
todo | low | building | noah | 17 | Shop window for the first month
todo | medium | money | malik | 18 | What a visit costs, counted honestly
backlog | medium | opening |  |  | Evenings with makers, once a month
backlog | low | furniture |  |  | Swap three pieces every season
backlog | low | money |  |  | Sell the pieces on show after half a year
backlog | none | opening |  |  | Workshop for children: a stool in two hours
backlog | medium | building |  |  | Bench outside
backlog | low | furniture |  |  | Borrow a table for a weekend
`,
  },
];
