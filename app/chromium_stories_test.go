package app_test

import "testing"

// TestRepInARealBrowser tells what a rep lives through, with one Chromium for all stories and a fresh profile and a fresh node for
// each. Everything is done by keyboard and looked at as a screen reader does.
func TestRepInARealBrowser(t *testing.T) {
	needPages(t)
	browser := startChromium(t)
	for _, story := range []struct {
		claim string
		tell  func(*testing.T, *chromium)
	}{
		{"EmergencyCallIsAllThatThePageShows", tellEmergencyCall},
		{"ReloadOrAnotherTabHasTheSoundWithinASecond", tellReload},
		{"CallIsPlacedWithoutAMicrophone", tellMicrophoneDenied},
		{"LostSoundComesBack", tellSoundLost},
		{"ChangeOfTheNetworkHeals", tellNetwork},
		{"WithoutANodeThePageSaysSo", tellNodeGone},
		{"WhenEveryRouteFailsThePageSaysWhatElseToDo", tellEveryRouteFailed},
		{"CallBackRingsInEveryTab", tellCallBack},
		{"OnlyTabIsReloadedInEachStateOfTheCallBack", tellOnlyTab},
		{"WindowEndsInEveryTab", tellWindowOver},
		{"ForeignCallBackRings", tellForeignCallBack},
		{"OrdinaryCallIsHeldForACallBack", tellCallBackDuringACall},
		{"OrdinaryCallHasItsControls", tellOrdinaryCall},
		{"SoundBeforeTheAnswerIsHeard", tellEarlySound},
		{"OthersAreTold", tellTheOthers},
		{"SecurityDeskListensInAndSpeaks", tellDesk},
		{"CallBackReachesTheMobilePhone", tellChain},
		{"AdministratorChangesTheCenter", tellAdministrator},
		{"CallSaysWhatWasConfirmed", tellPlace},
		{"AdministratorWritesTheTemplate", tellTemplate},
		{"NumbersTrunksAndVoiceRoutesAreMadeByKeyboard", tellCalls},
		{"NotificationRulesAndChannelsAreMadeByKeyboard", tellWhoIsTold},
		{"TrunksSayByThemselvesHowTheyDo", tellTrunks},
		{"UsersAreChangedAtOnceAndRemoved", tellPeople},
		{"AddressBookComesInWholeOrNotAtAll", tellAddressBook},
		{"LastDrillsStandInTheSchedule", tellDrills},
		{"EverybodySeesWhatIsMissingAndWhereItIsCured", tellReadiness},
	} {
		t.Run(story.claim, func(t *testing.T) { story.tell(t, browser) })
	}
}
