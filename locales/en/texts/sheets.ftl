sheet-round-title = Round of { $place }, { $day }
sheet-round-count = { $count ->
    [one] { $count } door, in the order of the route.
   *[other] { $count } doors, in the order of the route.
 }
sheet-round-empty = There is nothing to deliver on this day.
sheet-round-stop = Door { $number }: { $name }
sheet-round-window = Time: { $window }
sheet-round-phone = Telephone: { $phone }
sheet-round-note = At the door: { $note }
sheet-round-first-visit = First visit: please go in pairs
sheet-round-code = Code word to say at the door:
sheet-round-brings = Bring { $count }:
sheet-round-takes = Take back { $count }:
sheet-round-not-here = (not here yet, leave it out)
sheet-round-done = Delivered
sheet-round-missed = Nobody at home
sheet-round-number = (order { $number })
sheet-round-private = Names, addresses and telephones of readers stand on this sheet: please hand it back.
sheet-picks-title = Pick list of { $place }, { $day }
sheet-picks-count = { $count ->
    [one] { $count } book, in the order of the call numbers.
   *[other] { $count } books, in the order of the call numbers.
 }
sheet-picks-empty = There is nothing to take from the shelves.
sheet-picks-no-number = No call number
sheet-pick-shelf = To the hold shelf, hold { $hold }
sheet-pick-send = Send to { $place }, hold { $hold }
sheet-pick-round = Home delivery { $delivery }, leaves on { $day }
sheet-pick-send-round = Send to { $place }, home delivery { $delivery }, leaves on { $day }
sheet-barcode = barcode { $barcode }
