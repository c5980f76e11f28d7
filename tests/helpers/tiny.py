"""Datasets of a few ratings, each odd in its own way."""

import pytest

TINY = {
    "two users": "user,item,rating,title\n1,1,4,One\n1,2,3,Two\n2,1,5,One\n2,3,1,Three\n",
    "text ids": "user,item,rating\nann,x,4\nann,y,2\nbob,x,5\nbob,z,3\ncyd,y,1\ncyd,z,5\n",
    "one rating each": "user,item,rating\n1,1,4\n2,1,3\n3,2,5\n",
    "a single rating": "user,item,rating\n7,7,3\n",
    "all ratings equal": "user,item,rating\n" + "".join(f"{u},{i},3\n" for u in range(6) for i in range(6) if u != i),
    "one user": "user,item,rating\n1,1,4\n1,2,2\n",
    "nothing left to recommend": "user,item,rating\n1,1,4\n1,2,2\n2,1,3\n2,2,5\n",
    "ids beyond what a browser counts": "user,item,rating\n"
    + "".join(f"{76561198000000000 + u},{u % 3},{1 + u % 5}\n" for u in range(8)),
    "negative ratings": "user,item,rating\n1,1,-10\n1,2,10\n2,1,-8\n2,2,9\n3,1,5\n3,3,-3\n",
    "signs that mean something": "user,item,rating,title,genres\n"
    '*a*,<b>,5,"**Bold** <script>alert(1)</script> $x^2$",:material/home:\n'
    '*a*,:x:,3,":material/home: `code`",<i>\n'
    '[l](u),<b>,4,"**Bold** <script>alert(1)</script> $x^2$",:material/home:\n'
    '[l](u),c,4,"=1+1",Drama\n'
    '$s$,c,2,"=1+1",Drama\n$s$,:x:,1,":material/home: `code`",<i>\n',
}

# these differ most from other datasets, so they come with every change; the others are `long`
FIRST = ("text ids", "a single rating", "nothing left to recommend", "negative ratings")
ONE_EACH = [pytest.param(text, id=name, marks=[pytest.mark.long] * (name not in FIRST)) for name, text in TINY.items()]
